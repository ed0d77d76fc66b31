#!/usr/bin/env bash
# Makes what tests need to run the program for linux-arm64, and images of it, on this machine:
#
#   arm64.sh root DIR              puts the libraries that it loads, of Debian 13 for arm64, into DIR/root; what is there already is kept
#   arm64.sh image DIR             makes the image edgeflora-offline/runtime-deps:10.0-arm64 of DIR/root
#   arm64.sh program DIR [IMAGE]   puts the program into DIR/program: out of the image, or published where none is named
#
# Needs root on Debian, and its package archive; installs qemu-user-static and debootstrap where they are missing. An image needs a container engine.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
target="$(readlink -m "${2:?arm64.sh root|image|program DIR}")"
mkdir -p "$target"
log="$target/log"

if [ "$1" = image ]; then
  [ -d "$target/root/tmp" ] || mkdir -m 1777 "$target/root/tmp"
  # Loaded and not imported: Docker 20.10 writes its own processor into what it imports.
  image="$(mktemp -d)"
  trap 'rm -rf "$image"' EXIT
  # Without tables of character sets, for .NET has its own.
  tar -cf "$image/layer.tar" --exclude='./usr/lib/*/gconv' --exclude=./usr/share -C "$target/root" .
  cat >"$image/config.json" <<JSON
{"os": "linux", "architecture": "arm64", "config": {"Env": ["PATH=/usr/bin", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1", "DOTNET_RUNNING_IN_CONTAINER=true"]},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum "$image/layer.tar" | cut -d' ' -f1)"]}}
JSON
  echo '[{"Config": "config.json", "RepoTags": ["edgeflora-offline/runtime-deps:10.0-arm64"], "Layers": ["layer.tar"]}]' >"$image/manifest.json"
  tar -cf - -C "$image" . | docker load >"$log" 2>&1 || { tail -5 "$log" >&2; echo "arm64.sh: the base image for arm64 could not be made" >&2; exit 1; }
  exit 0
fi

if [ "$1" = program ] && [ -n "${3:-}" ]; then
  container="$(docker create --platform linux/arm64 "$3")"
  trap 'docker rm --volumes "$container" >/dev/null' EXIT
  docker cp "$container:/opt/edgeflora" "$target/program" >"$log" 2>&1 || { tail -5 "$log" >&2; echo "arm64.sh: the image $3 has no program" >&2; exit 1; }
  exit 0
fi

if [ "$1" = program ]; then
  # In a place of its own: built without symbols, it would take them from what the tests pack.
  dotnet publish src/Cli --configuration Release --runtime linux-arm64 --self-contained --artifacts-path "$target/artifacts" --output "$target/program" --verbosity quiet \
    -p:DebugType=none -p:RunAnalyzersDuringBuild=false -p:EnforceCodeStyleInBuild=false >"$log" 2>&1 ||
    { tail -20 "$log" >&2; echo "arm64.sh: the program for linux-arm64 could not be published" >&2; exit 1; }
  exit 0
fi

if ! command -v qemu-aarch64-static >/dev/null || ! command -v debootstrap >/dev/null; then
  { apt-get update && env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends qemu-user-static debootstrap; } >"$log" 2>&1 ||
    { tail -5 "$log" >&2; echo "arm64.sh: qemu-user-static could not be installed" >&2; exit 1; }
fi

if [ ! -e "$target/root" ]; then
  work="$target/work"
  rm -rf "$work"
  debootstrap --arch=arm64 --foreign --variant=minbase --include=libstdc++6,zlib1g,libzstd1,libssl3t64 trixie "$work/all" >"$log" 2>&1 ||
    { tail -5 "$log" >&2; echo "arm64.sh: debootstrap could not fetch Debian 13 for arm64" >&2; exit 1; }
  mkdir -p "$work/root/usr/lib"
  ln -s usr/lib "$work/root/lib"
  for package in libc6 libgcc-s1 libstdc++6 zlib1g libzstd1 libssl3t64; do
    dpkg-deb -x "$work/all/var/cache/apt/archives/${package}"_*.deb "$work/root"
  done
  mv "$work/root" "$target/root"
  rm -rf "$work"
fi
