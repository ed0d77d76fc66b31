#!/usr/bin/env bash
# Builds the program of the last release out of this repository's history, for the tests of upgrades.
#
#   previous-release.sh DIR   puts it into DIR/program; eng/previous-release names the version and its commit
#
# A clone without that commit (git clone --depth) has no last release: exit status 1, and a line that says so.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
target="$(readlink -m "${1:?previous-release.sh DIR}")"
read -r version commit <eng/previous-release
if ! git cat-file -e "$commit^{commit}" 2>/dev/null; then
  echo "This clone has no commit ${commit:0:8}, release $version: the tests of upgrades are left out. git fetch --unshallow gets it."
  exit 1
fi

mkdir -p "$target/source"
git archive "$commit" | tar -x -C "$target/source"
dotnet publish "$target/source/src/Cli" --configuration Release --output "$target/program" --verbosity quiet \
  -p:DebugType=none -p:RunAnalyzersDuringBuild=false -p:EnforceCodeStyleInBuild=false >"$target/log" 2>&1 ||
  { tail -20 "$target/log" >&2; echo "previous-release.sh: release $version could not be built" >&2; exit 1; }
rm -rf "$target/source"
