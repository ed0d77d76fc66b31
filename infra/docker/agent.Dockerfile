# An edge agent with the portable engine (no native library). Build from the repository's root:
#   docker build -f infra/docker/agent.Dockerfile -t edgeflora/agent .
# The base images are arguments, so that a site without access to the public ones can bring its own (infra/README.md).
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
# The SDK runs on the machine that builds, whatever it builds for. BuildKit names both; without it they are the engine's, or what infra/images.sh says.
ARG BUILD_ON=${BUILDPLATFORM:-linux}
ARG RUN_ON=${TARGETPLATFORM:-linux}

FROM --platform=${BUILD_ON} ${SDK_IMAGE} AS build
# Compilers end before what they would learn about themselves pays.
ENV DOTNET_TieredPGO=0
WORKDIR /source
COPY . .
# What is the same for every processor is built once.
RUN dotnet build src/Cli --configuration Release --target:ResolveReferences \
    -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false -p:RunAnalyzersDuringBuild=false
# The processor to build for, as BuildKit or infra/images.sh names it; the builder's own where nobody does.
ARG TARGETARCH
# A numeric user exists in every base image; the state folder must be its own, for named volumes take over the owner. Base images may lack a shell.
RUN mkdir -p /folders && mkdir -m 700 /folders/state && dotnet publish src/Cli --configuration Release --use-current-runtime ${TARGETARCH:+--arch $TARGETARCH} --self-contained --output /publish \
    -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false -p:RunAnalyzersDuringBuild=false

# Nothing runs in here: it may be for a processor that the builder lacks.
FROM --platform=${RUN_ON} ${RUNTIME_IMAGE}
COPY --from=build /publish /opt/edgeflora
COPY --from=build --chown=1654:1654 /folders /
USER 1654
ENV DOTNET_EnableDiagnostics=0
VOLUME /state
ENTRYPOINT ["/opt/edgeflora/edgeflora", "agent"]
