#!/usr/bin/env bash
# Builds the images of compose.yaml, from the base images that the environment names (infra/README.md): coordinator, agent and agent-torch.
# Their names start with EDGEFLORA_IMAGES (edgeflora/).
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
prefix="${EDGEFLORA_IMAGES:-edgeflora/}"
arguments=()
[ -z "${EDGEFLORA_SDK_IMAGE:-}" ] || arguments+=(--build-arg "SDK_IMAGE=$EDGEFLORA_SDK_IMAGE")
[ -z "${EDGEFLORA_RUNTIME_IMAGE:-}" ] || arguments+=(--build-arg "RUNTIME_IMAGE=$EDGEFLORA_RUNTIME_IMAGE")

# Without its plug-in the client falls back on the engine's own builder and prints an advice at every build.
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for image in coordinator agent agent-torch; do
  docker build --file "infra/docker/$image.Dockerfile" --tag "$prefix$image" ${arguments[@]+"${arguments[@]}"} . >"$log" 2>&1 ||
    { tail -20 "$log" >&2; echo "images.sh: $prefix$image could not be built" >&2; exit 1; }
done
