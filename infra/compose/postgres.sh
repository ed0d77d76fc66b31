#!/bin/sh
# Starts PostgreSQL with TLS. It takes a key only that nobody else may read, and a secret of compose belongs to whoever made the file.
set -e
install -d -m 700 -o postgres -g postgres /run/tls
install -m 600 -o postgres -g postgres /run/secrets/store-key /run/tls/key.pem
exec docker-entrypoint.sh postgres -c ssl=on -c ssl_cert_file=/run/secrets/store-certificate -c ssl_key_file=/run/tls/key.pem
