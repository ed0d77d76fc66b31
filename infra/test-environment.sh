#!/usr/bin/env bash
# What tests in containers, for arm64 and of upgrades need; test.sh runs it beside the build and the first tests.
#
#   test-environment.sh start DIR      makes ready what can be had and writes the variables that tests read to DIR/environment;
#                                      says in a line what is left out, and why
#   test-environment.sh programs DIR   the same for the program of the last release, once "dotnet build" leaves the processor alone
#   test-environment.sh stop DIR       ends a container engine that "start" started
#
# With EDGEFLORA_OFFLINE=1 (set by .ci/run) whatever is missing is installed and made from Debian's packages: engine, base images, emulator, PyTorch, PostgreSQL, OpenStack Swift, browser.
# Without it an engine that answers is used with the public base images, and nothing is installed.
set -uo pipefail
here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)"
state="$(readlink -m "${2:?test-environment.sh start|programs|stop DIR}")"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/edgeflora"
tell() { echo "export $1=$(printf %q "$2")" >>"$state/environment"; }

case "$1" in
  stop)
    [ ! -e "$state/own-engine" ] || "$here/offline/engine.sh" stop "$cache/engine"
    exit
    ;;
  programs)
    [ -n "${EDGEFLORA_OFFLINE:-}" ] || exit 0
    if "$here/previous-release.sh" "$state/previous"; then tell EDGEFLORA_PREVIOUS_PROGRAM "$state/previous/program/edgeflora.dll"; fi
    if "$here/ahead-of-time.sh" "$state/compiled"; then tell EDGEFLORA_COMPILED_PROGRAM "$state/compiled/program/edgeflora.dll"; fi
    exit 0
    ;;
esac

mkdir -p "$state" "$cache"
: >"$state/environment"

containers() {
  if [ -n "${EDGEFLORA_OFFLINE:-}" ]; then
    docker version >/dev/null 2>&1 || touch "$state/own-engine"
    DOCKER_HOST="$("$here/offline/engine.sh" start "$cache/engine")" || return 1
    export DOCKER_HOST
    "$here/offline/images.sh" "$cache/compose" || return 1
    export EDGEFLORA_SDK_IMAGE=edgeflora-offline/sdk:10.0 EDGEFLORA_RUNTIME_IMAGE=edgeflora-offline/runtime-deps:10.0
    tell DOCKER_HOST "$DOCKER_HOST"
    tell EDGEFLORA_RABBITMQ_IMAGE edgeflora-offline/rabbitmq:4
    tell EDGEFLORA_POSTGRES_IMAGE edgeflora-offline/postgres:17
    tell EDGEFLORA_COMPOSE "$cache/compose/docker-compose"
    # Its image can't be pulled; the engine is ended after the tests, and what they left behind with it.
    tell TESTCONTAINERS_RYUK_DISABLED true
  else
    docker version >/dev/null 2>&1 || { echo "no container engine answers"; return 1; }
  fi

  "$here/images.sh" || return 1
  tell EDGEFLORA_IMAGES edgeflora/
}

arm64_root() {
  "$here/offline/arm64.sh" root "$cache/arm64" || return 1
  tell EDGEFLORA_ARM64_ROOT "$cache/arm64/root"
}

# The program is compiled once: tests take it out of the image, where there is an engine to make one.
arm64_program() {
  local image=""
  if grep -q '^export EDGEFLORA_IMAGES=' "$state/environment"; then
    "$here/offline/arm64.sh" image "$cache/arm64" || return 1
    EDGEFLORA_PLATFORM=linux/arm64 EDGEFLORA_IMAGES=edgeflora-arm64/ EDGEFLORA_RUNTIME_IMAGE=edgeflora-offline/runtime-deps:10.0-arm64 "$here/images.sh" agent || return 1
    image=edgeflora-arm64/agent
    tell EDGEFLORA_ARM64_IMAGE "$image"
  fi
  "$here/offline/arm64.sh" program "$state" $image || return 1
  tell EDGEFLORA_ARM64_PROGRAM "$state/program"
}

# Installs packages of Debian's in one go, for the package manager does one thing at a time; one by one where not all can be had.
install() { # LOG PACKAGE…
  local log="$state/$1.log" package failed=0
  shift
  [ $# -gt 0 ] || return 0
  apt-get update >"$log" 2>&1
  fetch() { env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; }
  fetch "$@" && return
  for package in "$@"; do fetch "$package" || { tail -3 "$log"; failed=1; }; done
  return "$failed"
}

# Engine and emulator: what takes longest is made with them.
tools() {
  local missing=()
  command -v dockerd >/dev/null && command -v docker >/dev/null && command -v iptables >/dev/null || missing+=(docker.io iptables)
  command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
  command -v debootstrap >/dev/null || missing+=(debootstrap)
  install tools ${missing[@]+"${missing[@]}"}
}

# Programs of the system that tests start themselves; none of their services is wanted.
programs() {
  local missing=()
  # The services' units are checked by systemd itself, which need not run.
  command -v systemd-analyze >/dev/null || missing+=(systemd)
  # The tests start servers of their own, as the package's user.
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
  # So do those of bodies in S3.
  [ -d /usr/lib/python3/dist-packages/swift/proxy ] || missing+=(python3-swift)
  # The dashboard's tests take the browser of the system.
  command -v chromium >/dev/null || missing+=(chromium)
  # The sample trainer's tests take the python3 of the system, if it has torch.
  [ -e /usr/lib/python3/dist-packages/torch ] && [ -e /usr/lib/python3/dist-packages/numpy ] || missing+=(python3-torch python3-numpy)
  install programs ${missing[@]+"${missing[@]}"} ||
    echo "${missing[*]} could not be installed: the tests of the services' units, of replicas, of bodies in S3, of the dashboard in a browser or of samples/trainer-pytorch fail or are left out."
}

# Two roots are made of packages while others are installed: the one waits for the network while the other unpacks.
if [ -n "${EDGEFLORA_OFFLINE:-}" ]; then
  tools
  programs &
  arm64_root &
  arm64=$!
fi

containers || echo "Tests in containers are left out (above: why); where libstdc++ is older than GCC 13's, those of the torch engine too."
[ -z "${EDGEFLORA_OFFLINE:-}" ] || { wait "$arm64" && arm64_program; } || echo "Tests on arm64 are left out."
# What the builds left between their steps: gigabytes.
[ ! -e "$state/own-engine" ] || [ -z "${DOCKER_HOST:-}" ] || docker image prune --force >/dev/null
wait
