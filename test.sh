#!/usr/bin/env bash
# Builds everything and runs every test of the solution. Installs what the tests need and is missing (RabbitMQ); in CI, containers too.
# Ends with one line: N passed, N failed, N skipped. Exit status 0 only if nothing failed.
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
# Compilers end before what they would learn about themselves pays: the build takes 60 % of its time. Our own programs say the same of themselves.
export DOTNET_TieredPGO=0

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

# Containers and the like are made ready beside the build. With job control, or whatever is started in the background would be deaf to SIGINT.
environment="$(mktemp -d)"
results="$(mktemp -d)"
set -m
infra/test-environment.sh start "$environment" </dev/null >"$environment/log" 2>&1 &
preparing=$!
set +m
publishing=""
waiting=""

# Tests write much that nobody keeps: into memory, where programs may be run from it and there is room, for much of what they wait for is a disk.
scratch=""
if [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 8000000 ] 2>/dev/null && scratch="$(mktemp -d /dev/shm/edgeflora-tests.XXXXXX)"; then
  chmod 711 "$scratch"
  printf '#!/bin/sh\n' >"$scratch/runs" && chmod +x "$scratch/runs" && "$scratch/runs" 2>/dev/null || { rm -rf "$scratch"; scratch=""; }
fi
# Packages and samples that tests of two projects need are made once.
export EDGEFLORA_TEST_PACKAGES="${scratch:-$results}/packages"
# One compiler that stays for all projects: to start one with its analysers takes longer than most projects' sources do. It is our own and is ended as
# soon as all is built, for who waits until all is over that this script started would wait for it, too.
compiler="$(dirname "$(readlink -f "$(command -v dotnet)")")/sdk/$(dotnet --version)/Roslyn/bincore/VBCSCompiler.dll"
shared=(env)
[ ! -e "$compiler" ] || shared+=(UseSharedCompilation=true "SharedCompilationId=edgeflora-$$")
end_compiler() { [ ! -e "$compiler" ] || dotnet "$compiler" "-pipename:edgeflora-$$" -shutdown >/dev/null 2>&1 || true; }

trap '[ -z "$waiting" ] || kill -TERM -- "-$waiting" 2>/dev/null; wait "$preparing" $publishing $waiting
  end_compiler; infra/test-environment.sh stop "$environment"; rm -rf "$results" "$environment" $scratch' EXIT

"${shared[@]}" dotnet build EdgeFlora.sln --configuration Release --verbosity quiet || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

set -m
"${shared[@]}" nice -n 5 infra/test-environment.sh programs "$environment" </dev/null >"$environment/log-of-programs" 2>&1 &
publishing=$!
set +m

# A project's tests, or those that options of their runner name. What they say is kept and shown whole when they are over, for others run beside them.
# The build's own runner is called, which needs no second start for each.
run() { # PROJECT [OPTION…]
  local project="$1" name="${1#tests/}" said
  shift
  # Where the torch engine's tests can't load libtorch they run in a container, as one test of Containers.Tests.
  if [ "$name" = Learning.Torch.Tests ] && [ -n "${EDGEFLORA_IMAGES:-}" ] && ! infra/loads-libtorch.sh; then
    echo "$project: the libstdc++ of this system is too old for libtorch; they run in a container of Debian 13 (Containers.Tests)"
    return
  fi
  said="$(mktemp "$results/$name.XXXXXX")"
  (cd "artifacts/bin/$name/release" && TMPDIR="${scratch:-${TMPDIR:-/tmp}}" ${behind:+nice -n 5} dotnet "EdgeFlora.$name.dll" -noLogo -noColor "$@" </dev/null) >"$said" 2>&1 ||
    echo "$project failed" >>"$results/failed"
  until mkdir "$results/saying" 2>/dev/null; do sleep 0.2; done
  cat "$said"
  rmdir "$results/saying"
}

# Two things at a time, of which this one mostly waits: for brokers of its own, processes and deadlines. Its first part needs nothing of what is still
# being made ready.
served=EdgeFlora.Integration.Tests.Service traced=EdgeFlora.Integration.Tests.Telemetry shown=EdgeFlora.Integration.Tests.Dashboard
waits() {
  run tests/Integration.Tests -namespace- "$served" -namespace- "$traced" -namespace- "$shown"
  until [ -e "$environment/prepared" ]; do sleep 1; done
  . "$environment/environment"
  run tests/Integration.Tests -namespace "$served" -namespace "$traced"
}
prepared() {
  wait "$preparing" "$publishing"
  end_compiler
  touch "$environment/prepared"
}
set -m
waits &
waiting=$!
set +m
# At a broker that all were given they would meet.
[ -z "${EDGEFLORA_TEST_BROKER:-}" ] || { prepared; wait "$waiting"; }

# The other: first what needs nothing of what is still being made ready, and does not mind that it is.
ready=(tests/{Adapters,Aggregation,Architecture,Contracts,Experiments,Learning,Protocol,Storage,Testing,Transport}.Tests)
# They compute, so they let what waits for deadlines go first.
for project in "${ready[@]}"; do behind=yes run "$project"; done
prepared
cat "$environment/log" "$environment/log-of-programs"
. "$environment/environment"
for project in tests/*.Tests; do
  [[ " ${ready[*]} tests/Integration.Tests " == *" $project "* ]] || run "$project"
done
# Last, for containers come and go with networks of their own, and a browser breaks off whatever it loads when the machine's networks change.
run tests/Integration.Tests -namespace "$shown"
wait "$waiting"
waiting=""

failed=0
[ ! -e "$results/failed" ] || { cat "$results/failed"; failed=1; }

# Once more at the end, where it is found: what a failed test printed itself may be long.
grep --no-filename --no-group-separator -A 12 ' \[FAIL\]$' "$results"/*.Tests.* | cut -c 1-500
sed -n 's/^ *\(EdgeFlora\..*\) \[SKIP\]$/skipped: \1/p' "$results"/*.Tests.*
awk '/^ *EdgeFlora\..* Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+/ {
       gsub(",", "")
       for (i = 1; i <= NF; i++) {
         if ($i == "Total:") t += $(i + 1)
         if ($i == "Errors:" || $i == "Failed:") f += $(i + 1)
         if ($i == "Failed:") passing -= $(i + 1)
         if ($i == "Skipped:") s += $(i + 1)
       }
       n++
     }
     END { printf "%d passed, %d failed, %d skipped\n", t + passing - s, f + (n ? 0 : 1), s; exit f > 0 || n == 0 }' "$results"/*.Tests.* || exit 1
exit "$failed"
