#!/usr/bin/env bash
# Publishes the program for this machine, compiled ahead of time as packages are, for tests that start it often: it starts in half the processor time.
#
#   ahead-of-time.sh DIR   puts it into DIR/program
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
target="$(readlink -m "${1:?ahead-of-time.sh DIR}")"
mkdir -p "$target"

# In a place of its own: what the tests use is left alone.
dotnet publish src/Cli --configuration Release --use-current-runtime --no-self-contained --artifacts-path "$target/artifacts" --output "$target/program" \
  --verbosity quiet -p:PublishReadyToRun=true -p:DebugType=none -p:RunAnalyzersDuringBuild=false -p:EnforceCodeStyleInBuild=false >"$target/log" 2>&1 ||
  { tail -20 "$target/log" >&2; echo "ahead-of-time.sh: the program could not be published; tests start the one that is compiled as it runs" >&2; exit 1; }
rm -rf "$target/artifacts"
