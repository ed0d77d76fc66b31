#!/usr/bin/env bash
# Publishes the program for this machine, compiled ahead of time as packages are, for tests that start it often: it starts in half the processor time.
# The assemblies that it uses are those of the last "dotnet build": it is the same program, and nothing of it is compiled twice.
#
#   ahead-of-time.sh DIR   puts it into DIR/program
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
target="$(readlink -m "${1:?ahead-of-time.sh DIR}")"
built="$target/artifacts/bin"
mkdir -p "$built"

# In a place of its own: what the tests use is left alone.
for project in src/*/; do
  name="$(basename "$project")"
  [ ! -e "artifacts/bin/Cli/release/EdgeFlora.$name.dll" ] || { mkdir "$built/$name" && cp -R "artifacts/bin/$name/release" "$built/$name"; }
done
dotnet publish src/Cli --configuration Release --use-current-runtime --no-self-contained --artifacts-path "$target/artifacts" --output "$target/program" \
  --verbosity quiet -p:BuildProjectReferences=false -p:CompileUsingReferenceAssemblies=false -p:PublishReadyToRun=true -p:RunAnalyzersDuringBuild=false -p:EnforceCodeStyleInBuild=false >"$target/log" 2>&1 ||
  { tail -20 "$target/log" >&2; echo "ahead-of-time.sh: the program could not be published; tests start the one that is compiled as it runs" >&2; exit 1; }
rm -rf "$target/artifacts"
