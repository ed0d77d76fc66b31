#!/usr/bin/env bash
# Makes the base images of compose.yaml and of tests/Containers.Tests where no public image can be pulled: from Debian's packages and the
# .NET SDK of this machine. Needs root, debootstrap, a container engine that answers, and the package archive of Debian.
#
#   images.sh DIR    also puts Docker Compose 2, as Debian 13 has it, into DIR/docker-compose
#
#   edgeflora-offline/rabbitmq:4         Debian 13 with RabbitMQ 4.0, as the public image starts it; its libstdc++ and libgomp also serve libtorch
#   edgeflora-offline/postgres:17        the same files, started as the public image of PostgreSQL starts
#   edgeflora-offline/runtime-deps:10.0  what a self-contained .NET program loads, from the same root, and nothing else
#   edgeflora-offline/sdk:10.0           the same root with the SDK of this machine
#
# Images that are already there and were made by this version of the script, and of what it puts into them, are kept.
set -euo pipefail
compose="$(readlink -m "${1:?images.sh DIR}")/docker-compose"
here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)"
version="$(cat "$here"/images.sh "$here"/*-entrypoint.sh | sha256sum | cut -c1-16)-$(dotnet --version)"
suite=trixie
runtime_packages="base-files libc6 libgcc-s1 libstdc++6 libgomp1 zlib1g libzstd1 libssl3t64 ca-certificates"

current() { [ "$(docker image inspect --format '{{ index .Config.Labels "edgeflora.offline" }}' "edgeflora-offline/$1" 2>/dev/null)" = "$version" ]; }
import() { # NAME [--change …] < archive
  local name="$1"
  shift
  docker import --change "LABEL edgeflora.offline=$version" "$@" - "edgeflora-offline/$name" >/dev/null
}

if current rabbitmq:4 && current postgres:17 && current runtime-deps:10.0 && current sdk:10.0 && [ -x "$compose" ]; then exit 0; fi

work="$(mktemp -d "${TMPDIR:-/tmp}/edgeflora-images.XXXXXX")"
trap 'rm -rf "$work"' EXIT
root="$work/root"
debootstrap --variant=minbase --include=rabbitmq-server,postgresql-17,docker-compose,libgomp1,libssl3t64,ca-certificates "$suite" "$root" >"$work/log" 2>&1 ||
  { tail -5 "$work/log" >&2; echo "images.sh: debootstrap could not make a Debian 13 root" >&2; exit 1; }
mkdir -p "$(dirname "$compose")"
mv "$root/usr/libexec/docker/cli-plugins/docker-compose" "$compose"
# The package makes a database of its own; without its compiler PostgreSQL interprets, and a fifth of the image goes.
rm -rf "$root"/var/lib/postgresql/* "$root"/etc/postgresql/* "$root"/usr/lib/*/libLLVM* "$root"/usr/lib/postgresql/17/lib/{llvmjit*,bitcode}
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale} "$root"/var/log/*.log
# Certificates that this machine trusts are trusted by builds in containers too: the package source may be a company's own.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

# Only files: what these packages need at run time, without a shell, and without tables of character sets, for .NET has its own.
chroot "$root" sh -c "dpkg -L $runtime_packages | sort -u" | grep -v /gconv/ | while read -r path; do
  [ ! -d "$root$path" ] || [ -L "$root$path" ] || continue
  [ -e "$root$path" ] || [ -L "$root$path" ] || continue
  echo ".$path"
done >"$work/files"
printf '%s\n' ./bin ./lib ./lib64 ./sbin ./etc/ssl/certs/ca-certificates.crt ./etc/passwd ./etc/group ./etc/nsswitch.conf >>"$work/files"
mkdir "$work/runtime"
tar -C "$root" --no-recursion -cf - -T "$work/files" | tar -C "$work/runtime" -xf -
mkdir -p "$work/runtime/tmp" "$work/runtime/root" "$work/runtime/home"
chmod 1777 "$work/runtime/tmp"
tar -C "$work/runtime" -cf - . | import runtime-deps:10.0 --change 'ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_RUNNING_IN_CONTAINER=true'

# The same layer for both: the engine keeps it once.
install -m 755 "$here/rabbitmq-entrypoint.sh" "$root/usr/local/bin/rabbitmq-entrypoint.sh"
install -m 755 "$here/postgres-entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
tar -C "$root" -cf "$work/servers.tar" .
import rabbitmq:4 --change 'ENTRYPOINT ["/usr/local/bin/rabbitmq-entrypoint.sh"]' --change 'ENV HOME=/var/lib/rabbitmq' --change 'EXPOSE 5672' <"$work/servers.tar"
import postgres:17 --change 'ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]' --change 'CMD ["postgres"]' --change 'EXPOSE 5432' \
  --change 'ENV PGDATA=/var/lib/postgresql/data PATH=/usr/lib/postgresql/17/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' <"$work/servers.tar"
rm "$work/servers.tar"

dotnet_home="$(dirname "$(readlink -f "$(command -v dotnet)")")"
tar -cf - --transform "flags=r;s,^$(basename "$dotnet_home"),./usr/share/dotnet," -C "$root" . -C "$(dirname "$dotnet_home")" "$(basename "$dotnet_home")" |
  import sdk:10.0 --change 'ENV PATH=/usr/share/dotnet:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_CERT_REVOCATION_MODE=offline'
