#!/usr/bin/env bash
# A container engine for a machine that has none running.
#
#   engine.sh start DIR   prints the address (DOCKER_HOST) of the engine that answers, or installs Debian's, starts it with its state in DIR and prints
#                         its address; 1 where neither can be done
#   engine.sh stop DIR    ends the engine that "start DIR" started; one that was there before is left alone
set -euo pipefail
state="$(readlink -m "${2:?engine.sh start|stop DIR}")"

answers() { DOCKER_HOST="$1" docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

install_engine() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "engine.sh: no container engine answers, and only root on Debian can install one" >&2; return 1; }
  local log
  log="$(mktemp)"
  # The service is not wanted: an engine of our own is started, with its own state, and ended again.
  { apt-get update && env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y --no-install-recommends docker.io debootstrap iptables; } >"$log" 2>&1 ||
    { tail -5 "$log" >&2; rm -f "$log"; echo "engine.sh: docker.io could not be installed" >&2; return 1; }
  rm -f "$log"
}

case "$1" in
  start)
    for address in ${DOCKER_HOST:-} "unix:///var/run/docker.sock" "unix://$state/docker.sock"; do
      if command -v docker >/dev/null && answers "$address"; then echo "$address"; exit 0; fi
    done
    for program in dockerd docker debootstrap iptables; do
      command -v $program >/dev/null || { install_engine; break; }
    done
    mkdir -p "$state"
    chmod 700 "$state"
    address="unix://$state/docker.sock"
    setsid dockerd --host "$address" --data-root "$state/data" --exec-root "$state/exec" --pidfile "$state/dockerd.pid" >"$state/dockerd.log" 2>&1 </dev/null &
    for _ in $(seq 150); do
      if answers "$address"; then echo "$address"; exit 0; fi
      kill -0 $! 2>/dev/null || break
      sleep 0.2
    done
    grep -E 'level=(error|fatal)|failed' "$state/dockerd.log" | tail -3 >&2
    echo "engine.sh: dockerd did not come up; its log is $state/dockerd.log" >&2
    exit 1
    ;;
  stop)
    [ ! -f "$state/dockerd.pid" ] || kill "$(cat "$state/dockerd.pid")" 2>/dev/null || true
    for _ in $(seq 100); do
      [ -f "$state/dockerd.pid" ] || exit 0
      sleep 0.1
    done
    echo "engine.sh: dockerd does not end; its log is $state/dockerd.log" >&2
    exit 1
    ;;
  *)
    echo "engine.sh: '$1' is neither start nor stop" >&2
    exit 2
    ;;
esac
