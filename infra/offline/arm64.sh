#!/usr/bin/env bash
# Makes what tests/Cli.Tests and tests/Integration.Tests need to run the program for linux-arm64 on this machine:
#
#   arm64.sh root DIR      puts the libraries that it loads, of Debian 13 for arm64, into DIR/root; what is there already is kept
#   arm64.sh program DIR   publishes it to DIR/program
#
# Needs root on Debian, and its package archive; installs qemu-user-static and debootstrap where they are missing.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
target="$(readlink -m "${2:?arm64.sh root|program DIR}")"
mkdir -p "$target"
log="$target/log"

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
