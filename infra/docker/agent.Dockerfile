# An edge agent with the portable engine (no native library). Build from the repository's root:
#   docker build -f infra/docker/agent.Dockerfile -t edgeflora/agent .
# The base images are arguments, so that a site without access to the public ones can bring its own (infra/README.md).
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0

FROM ${SDK_IMAGE} AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Cli --configuration Release --use-current-runtime --self-contained --output /publish

FROM ${RUNTIME_IMAGE}
COPY --from=build /publish /opt/edgeflora
# A numeric user exists in every base image; the state folder must be its own, for named volumes take over the owner.
RUN mkdir -p /state && chown 1654:1654 /state
USER 1654
ENV DOTNET_EnableDiagnostics=0
VOLUME /state
ENTRYPOINT ["/opt/edgeflora/edgeflora", "agent"]
