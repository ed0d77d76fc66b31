#!/usr/bin/env bash
# Builds everything and runs every test of the solution. Installs what the tests need and is missing (RabbitMQ); in CI, containers too.
# Ends with one line: N passed, N failed, N skipped. Exit status 0 only if nothing failed.
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1

if ! command -v dotnet >/dev/null; then
  echo "test.sh: the .NET 10 SDK is missing; install it from https://dot.net and try again" >&2
  exit 2
fi

# The integration tests use the broker named by EDGEFLORA_TEST_BROKER, or start a private one from the installed program.
if [ -z "${EDGEFLORA_TEST_BROKER:-}" ] && [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  if command -v apt-get >/dev/null && ${as_root:-true} true 2>/dev/null; then
    echo "Installing rabbitmq-server for the integration tests …"
    # No service is wanted: the tests start brokers of their own on free ports.
    { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y --no-install-recommends rabbitmq-server; } >/tmp/edgeflora-apt.$$ 2>&1 ||
      { tail -5 /tmp/edgeflora-apt.$$; echo "RabbitMQ could not be installed."; }
    rm -f /tmp/edgeflora-apt.$$
  else
    echo "RabbitMQ is missing: its tests are skipped here. Install it (macOS: brew install rabbitmq, Fedora: dnf install rabbitmq-server),"
    echo "or name a running broker: EDGEFLORA_TEST_BROKER=amqp://guest:guest@localhost:5672/ ./test.sh"
  fi
fi

# Containers and the like are made ready beside the build.
environment="$(mktemp -d)"
results="$(mktemp)"
infra/test-environment.sh start "$environment" >"$environment/log" 2>&1 &
preparing=$!
trap 'wait "$preparing"; infra/test-environment.sh stop "$environment"; rm -rf "$results" "$environment"' EXIT

dotnet build EdgeFlora.sln --configuration Release --verbosity quiet || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

wait "$preparing"
cat "$environment/log"
. "$environment/environment"
if [ -n "${EDGEFLORA_ARM64_ROOT:-}" ] && infra/offline/arm64.sh program "$environment"; then export EDGEFLORA_ARM64_PROGRAM="$environment/program"; fi
if [ -n "${EDGEFLORA_OFFLINE:-}" ] && infra/previous-release.sh "$environment/previous"; then
  export EDGEFLORA_PREVIOUS_PROGRAM="$environment/previous/program/edgeflora.dll"
fi

# One project after the other: their brokers and deadlines should not compete.
for project in tests/*.Tests; do
  # Where the torch engine's tests can't load libtorch they run in a container, as one test of Containers.Tests.
  if [ "$project" = tests/Learning.Torch.Tests ] && [ -n "${EDGEFLORA_IMAGES:-}" ] && ! infra/loads-libtorch.sh; then
    echo "$project: the libstdc++ of this system is too old for libtorch; they run in a container of Debian 13 (Containers.Tests)"
    continue
  fi
  dotnet test "$project" --configuration Release --no-build 2>&1 || echo "$project failed" >>"$results.failed"
done | tee "$results"
failed=0
[ ! -e "$results.failed" ] || { cat "$results.failed"; rm -f "$results.failed"; failed=1; }

grep -E '^ *Skipped [A-Z]' "$results" | sed 's/^ *Skipped \(.*\) \[.*/skipped: \1/' || true
awk '/(Passed|Failed|Skipped)! +- Failed: /{
       gsub(",", "")
       for (i = 1; i <= NF; i++) { if ($i == "Failed:") f += $(i + 1); if ($i == "Passed:") p += $(i + 1); if ($i == "Skipped:") s += $(i + 1) }
       n++
     }
     END { printf "%d passed, %d failed, %d skipped\n", p, f + (n ? 0 : 1), s; exit f > 0 || n == 0 }' "$results" || exit 1
exit "$failed"
