#!/usr/bin/env bash
# Makes what a device needs to run EdgeFlora without an SDK: self-contained archives, and Debian packages for Linux.
#
#   infra/package.sh [--output DIR] [RID …]      RIDs: linux-x64 linux-arm64 linux-musl-x64 win-x64 osx-arm64; without any: all of them
#   infra/package.sh --program DIR RID           packs a program that is published already
#   infra/package.sh --fast …                    compresses little, to try things out
#
# The files come to artifacts/packages, with SHA256SUMS. Same sources, same bytes: times in archives are those of the commit.
set -euo pipefail
root="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
cd "$root"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
parts="$root/infra/packages"
output="$root/artifacts/packages"
published=""
squeeze=9
pack=(-Zxz)
all=(linux-x64 linux-arm64 linux-musl-x64 win-x64 osx-arm64)
rids=()
while [ $# -gt 0 ]; do
  case "$1" in
    --output) output="$(readlink -m "${2:?--output DIR}")"; shift 2 ;;
    --fast) squeeze=1; pack=(-Zgzip -z1); shift ;;
    --program) published="$(readlink -f "${2:?--program DIR}")"; shift 2 ;;
    *)
      [[ " ${all[*]} " == *" $1 "* ]] || { echo "package.sh: '$1' is no platform that is packed; there are ${all[*]}" >&2; exit 2; }
      rids+=("$1"); shift ;;
  esac
done
[ ${#rids[@]} -gt 0 ] || rids=("${all[@]}")
[ -z "$published" ] || [ ${#rids[@]} = 1 ] || { echo "package.sh: --program goes with one platform" >&2; exit 2; }

version="$(dotnet msbuild src/Cli -getProperty:Version)"
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct 2>/dev/null || echo 0)"
export SOURCE_DATE_EPOCH
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"

# The program, its licences and how to run it as a service; $2 is the folder to fill.
fill() {
  local rid="$1" to="$2"
  if [ -n "$published" ]; then
    cp -R "$published/." "$to"
  else
    dotnet publish src/Cli --configuration Release --runtime "$rid" --self-contained --artifacts-path "$work/artifacts" --output "$to" --verbosity quiet \
      -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false \
      -p:RunAnalyzersDuringBuild=false -p:EnforceCodeStyleInBuild=false >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; echo "package.sh: $rid could not be published" >&2; exit 1; }
  fi
  cp LICENSE THIRD-PARTY-NOTICES.md docs/agent.md docs/operate.md "$to"
}

# Folders and programs 755, files 644, whatever the umask here is.
modes() {
  find "$1" -type d -exec chmod 755 {} +
  find "$1" -type f -exec chmod 644 {} +
  chmod 755 "$1/${2:-}edgeflora"
}

archive() {
  local rid="$1" name="edgeflora-$version-$1"
  mkdir "$work/$name"
  fill "$rid" "$work/$name"
  case "$rid" in
    win-*)
      cp "$parts/install-service.ps1" "$work/$name"
      find "$work/$name" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
      rm -f "$output/$name.zip"
      dotnet msbuild "$parts/zip.proj" -nologo -verbosity:quiet -p:From="$work/$name" -p:To="$output/$name.zip"
      made+=("$name.zip") ;;
    *)
      case "$rid" in osx-*) cp "$parts/org.edgeflora.agent.plist" "$work/$name" ;; *) cp "$parts"/*.service "$work/$name" ;; esac
      modes "$work/$name"
      tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --directory "$work" "$name" | gzip --no-name "-$squeeze" >"$output/$name.tar.gz"
      made+=("$name.tar.gz") ;;
  esac
}

debian() {
  local rid="$1" architecture="$2" tree="$work/deb-$1" name="edgeflora_${version}_$2.deb"
  command -v dpkg-deb >/dev/null || { echo "$name is left out: dpkg-deb is missing (apt-get install dpkg)"; return; }
  mkdir -p "$tree"/{DEBIAN,usr/bin,usr/lib/edgeflora,usr/lib/systemd/system,usr/share/doc/edgeflora,etc/edgeflora}
  cp -R "$work/edgeflora-$version-$rid/." "$tree/usr/lib/edgeflora"
  (cd "$tree/usr/lib/edgeflora" && mv ./*.service ../systemd/system && mv LICENSE ../../share/doc/edgeflora/copyright && mv ./*.md ../../share/doc/edgeflora)
  cp "$parts/agent.yaml" "$parts/coordinator.yaml" "$tree/etc/edgeflora"
  modes "$tree" usr/lib/edgeflora/
  ln -s ../lib/edgeflora/edgeflora "$tree/usr/bin/edgeflora"
  printf '/etc/edgeflora/%s\n' agent.yaml coordinator.yaml >"$tree/DEBIAN/conffiles"
  for script in postinst prerm postrm; do install -m 755 "$parts/$script" "$tree/DEBIAN/$script"; done
  cat >"$tree/DEBIAN/control" <<CONTROL
Package: edgeflora
Version: $version
Architecture: $architecture
Maintainer: EdgeFlora contributors <edgeflora@localhost>
Installed-Size: $(du -sk --apparent-size "$tree" | cut -f1)
Depends: adduser, libc6 (>= 2.27), libgcc-s1, libstdc++6 (>= 8), zlib1g, libssl3 | libssl3t64 | libssl1.1, ca-certificates
Section: science
Priority: optional
Homepage: https://arxiv.org/abs/2509.26399
Description: federated fine-tuning of LoRA adapters on many devices' private data
 The program edgeflora with its own .NET runtime, and the services edgeflora-agent
 and edgeflora-coordinator, which start once their settings are written.
CONTROL
  find "$tree" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group "${pack[@]}" --build "$tree" "$output/$name" >/dev/null
  made+=("$name")
}

made=()
for rid in "${rids[@]}"; do
  archive "$rid"
  case "$rid" in linux-x64) debian "$rid" amd64 ;; linux-arm64) debian "$rid" arm64 ;; esac
done
(cd "$output" && sha256sum "${made[@]}" >SHA256SUMS && for file in "${made[@]}"; do printf '%9s kB  %s\n' "$(($(stat -c %s "$file") / 1000))" "$output/$file"; done)
