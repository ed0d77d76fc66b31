#!/usr/bin/env bash
# Makes the secrets that compose.yaml mounts as files, once: for broker and database an authority with a certificate each, a password for each user,
# and the broker's users with their salted hashes. Whoever may enter the folder can read them; containers see those that they need.
set -euo pipefail
folder="${1:-$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/secrets}"
umask 077
mkdir -p "$folder"
cd "$folder"

# server NAME HOST: an authority (NAME-ca.pem), and a certificate of it with its key for the server at HOST.
server() {
  openssl ecparam -name prime256v1 -genkey -noout -out authority.key
  openssl req -x509 -new -key authority.key -days 3650 -subj "/CN=EdgeFlora compose $1" -out "$1-ca.pem"
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1-key.pem"
  openssl req -new -key "$1-key.pem" -subj "/CN=$2" -out server.csr
  printf 'subjectAltName=DNS:%s,DNS:localhost\nextendedKeyUsage=serverAuth\n' "$2" >server.ext
  openssl x509 -req -in server.csr -CA "$1-ca.pem" -CAkey authority.key -CAcreateserial -days 3650 -extfile server.ext -out "$1-certificate.pem" 2>/dev/null
  # Nothing else is to be signed.
  rm authority.key server.csr server.ext "$1-ca.srl"
}

# RabbitMQ's rabbit_password_hashing_sha256: four bytes of salt, then the hash of salt and password.
user() {
  openssl rand -hex 24 >"$1-password"
  local salt hash
  salt="$(openssl rand -hex 4 | sed 's/../\\x&/g')"
  hash="$({ printf "$salt"; { printf "$salt"; tr -d '\n' <"$1-password"; } | openssl dgst -sha256 -binary; } | base64 -w0)"
  printf '{"name":"%s","password_hash":"%s","hashing_algorithm":"rabbit_password_hashing_sha256","tags":""}' "$1" "$hash"
}

# What was made completely is kept: the servers have taken it over. The last file of each says so.
if [ ! -e broker-definitions.json ]; then
  server broker rabbitmq
  cat >definitions <<JSON
{"users":[$(user coordinator),$(user agents)],
 "vhosts":[{"name":"fleet"}],
 "permissions":[{"user":"coordinator","vhost":"fleet","configure":".*","write":".*","read":".*"},
                {"user":"agents","vhost":"fleet","configure":".*","write":".*","read":".*"}]}
JSON
  mv definitions broker-definitions.json
fi
if [ ! -e store-password ]; then
  server store postgres
  openssl rand -hex 24 >store-password
fi
# A container's user is none of this machine's; the folder is closed to others all the same.
chmod 644 ./*
