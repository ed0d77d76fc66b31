#!/usr/bin/env bash
# What tests in containers and for arm64 need; test.sh runs it beside the build.
#
#   test-environment.sh start DIR   makes ready what can be had and writes the variables that tests read to DIR/environment;
#                                   says in a line what is left out, and why
#   test-environment.sh stop DIR    ends a container engine that "start" started
#
# With EDGEFLORA_OFFLINE=1 (set by .ci/run) whatever is missing is installed and made from Debian's packages: engine, base images, emulator, PyTorch, browser.
# Without it an engine that answers is used with the public base images, and nothing is installed.
set -uo pipefail
here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)"
state="$(readlink -m "${2:?test-environment.sh start|stop DIR}")"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/edgeflora"

if [ "$1" = stop ]; then
  [ ! -e "$state/own-engine" ] || "$here/offline/engine.sh" stop "$cache/engine"
  exit
fi

mkdir -p "$state" "$cache"
: >"$state/environment"
tell() { echo "export $1=$(printf %q "$2")" >>"$state/environment"; }

containers() {
  if [ -n "${EDGEFLORA_OFFLINE:-}" ]; then
    docker version >/dev/null 2>&1 || touch "$state/own-engine"
    DOCKER_HOST="$("$here/offline/engine.sh" start "$cache/engine")" || return 1
    export DOCKER_HOST
    "$here/offline/images.sh" || return 1
    export EDGEFLORA_SDK_IMAGE=edgeflora-offline/sdk:10.0 EDGEFLORA_RUNTIME_IMAGE=edgeflora-offline/runtime-deps:10.0
    tell DOCKER_HOST "$DOCKER_HOST"
    tell EDGEFLORA_RABBITMQ_IMAGE edgeflora-offline/rabbitmq:4
    # Its image can't be pulled; the engine is ended after the tests, and what they left behind with it.
    tell TESTCONTAINERS_RYUK_DISABLED true
  else
    docker version >/dev/null 2>&1 || { echo "no container engine answers"; return 1; }
  fi

  "$here/images.sh" || return 1
  tell EDGEFLORA_IMAGES edgeflora/
  # What the builds left between their steps: gigabytes.
  [ ! -e "$state/own-engine" ] || docker image prune --force >/dev/null
}

# The sample trainer's tests take the python3 of the system, if it has torch.
pytorch() {
  [ ! -e /usr/lib/python3/dist-packages/torch ] || [ ! -e /usr/lib/python3/dist-packages/numpy ] || return 0
  { apt-get update && env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-torch python3-numpy; } >"$state/pytorch.log" 2>&1 ||
    { tail -5 "$state/pytorch.log"; return 1; }
}

# The services' units are checked by systemd itself, which need not run.
unit_checks() {
  command -v systemd-analyze >/dev/null && return
  { apt-get update && env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends systemd; } >"$state/systemd.log" 2>&1 || { tail -5 "$state/systemd.log"; return 1; }
}

# The dashboard's tests take the browser of the system.
browser() {
  ! command -v chromium >/dev/null || return 0
  { apt-get update && env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >"$state/browser.log" 2>&1 ||
    { tail -5 "$state/browser.log"; return 1; }
}

containers || echo "Tests in containers are left out (above: why); where libstdc++ is older than GCC 13's, those of the torch engine too."
if [ -n "${EDGEFLORA_OFFLINE:-}" ]; then
  if "$here/offline/arm64.sh" root "$cache/arm64"; then
    tell EDGEFLORA_ARM64_ROOT "$cache/arm64/root"
  else
    echo "The test on arm64 is left out."
  fi

  unit_checks || echo "systemd could not be installed: the tests of the services' units fail."
  browser || echo "chromium could not be installed: the tests of the dashboard in a browser fail."
  pytorch || echo "python3-torch could not be installed: the tests of samples/trainer-pytorch are left out."
fi
