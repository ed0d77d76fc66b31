#!/usr/bin/env bash
# Builds the images of compose.yaml, from the base images that the environment names (infra/README.md).
#
#   images.sh [IMAGE…]   coordinator, agent or agent-torch; without any: all that there are for the platform
#
# Their names start with EDGEFLORA_IMAGES (edgeflora/). EDGEFLORA_PLATFORM names another platform than the engine's: linux/amd64 or linux/arm64.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
prefix="${EDGEFLORA_IMAGES:-edgeflora/}"
platform="${EDGEFLORA_PLATFORM:-$(docker version --format '{{.Server.Os}}/{{.Server.Arch}}')}"
case "$platform" in
  linux/amd64) there_are=(coordinator agent agent-torch) ;;
  linux/arm64) there_are=(coordinator agent) ;;
  *) echo "images.sh: EDGEFLORA_PLATFORM is '$platform'; linux/amd64 or linux/arm64 can be built, one at a time (infra/README.md has a line for both in one image)" >&2; exit 2 ;;
esac
wanted=("$@")
[ $# -gt 0 ] || wanted=("${there_are[@]}")
for image in "${wanted[@]}"; do
  [ "$image" != agent-torch ] || [ "$platform" != linux/arm64 ] ||
    { echo "images.sh: agent-torch can't be built for $platform: libtorch has no package for Linux on arm64; build agent, which trains without it" >&2; exit 2; }
  [[ " ${there_are[*]} " == *" $image "* ]] || { echo "images.sh: '$image' is no image; there are ${there_are[*]}" >&2; exit 2; }
done

arguments=()
[ -z "${EDGEFLORA_SDK_IMAGE:-}" ] || arguments+=(--build-arg "SDK_IMAGE=$EDGEFLORA_SDK_IMAGE")
[ -z "${EDGEFLORA_RUNTIME_IMAGE:-}" ] || arguments+=(--build-arg "RUNTIME_IMAGE=$EDGEFLORA_RUNTIME_IMAGE")

# Without its plug-in the client falls back on the engine's own builder and prints an advice at every build. That one would take the platform for all
# steps, the SDK's too, so the Dockerfile is told instead.
if docker buildx version >/dev/null 2>&1; then
  [ -z "${EDGEFLORA_PLATFORM:-}" ] || arguments+=(--platform "$platform")
else
  export DOCKER_BUILDKIT=0
  [ -z "${EDGEFLORA_PLATFORM:-}" ] || arguments+=(--build-arg "RUN_ON=$platform" --build-arg "TARGETARCH=${platform#linux/}")
fi

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for image in "${wanted[@]}"; do
  docker build --file "infra/docker/$image.Dockerfile" --tag "$prefix$image" ${arguments[@]+"${arguments[@]}"} . >"$log" 2>&1 ||
    { tail -20 "$log" >&2; echo "images.sh: $prefix$image could not be built" >&2; exit 1; }
done
