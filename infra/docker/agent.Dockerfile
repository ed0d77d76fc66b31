# An edge agent with the portable engine (no native library). Build from the repository's root:
#   docker build -f infra/docker/agent.Dockerfile -t edgeflora/agent .
# The base images are arguments, so that a site without access to the public ones can bring its own (infra/README.md).
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled

FROM ${SDK_IMAGE} AS build
WORKDIR /source
COPY . .
# A numeric user exists in every base image; the state folder must be its own, for named volumes take over the owner. Base images may lack a shell.
RUN mkdir -p /folders && mkdir -m 700 /folders/state && dotnet publish src/Cli --configuration Release --use-current-runtime --self-contained --output /publish \
    -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false -p:RunAnalyzersDuringBuild=false

FROM ${RUNTIME_IMAGE}
COPY --from=build /publish /opt/edgeflora
COPY --from=build --chown=1654:1654 /folders /
USER 1654
ENV DOTNET_EnableDiagnostics=0
VOLUME /state
ENTRYPOINT ["/opt/edgeflora/edgeflora", "agent"]
