#!/bin/sh
# Starts Debian's PostgreSQL as the public image does: the first time with the user, the database and the password file that the environment names.
set -e
mkdir -p "$PGDATA" /run/postgresql
chown -R postgres:postgres "$PGDATA" /run/postgresql
chmod 700 "$PGDATA"
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
if [ ! -e "$PGDATA/made" ]; then
  # What was interrupted is begun again.
  install -m 600 -o postgres "$POSTGRES_PASSWORD_FILE" /tmp/password
  rm -rf "$PGDATA"/*
  # shellcheck disable=SC2086 # several options
  as_postgres initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=/tmp/password --locale=C.UTF-8 $POSTGRES_INITDB_ARGS
  rm /tmp/password
  echo "CREATE DATABASE \"${POSTGRES_DB:-$POSTGRES_USER}\" TEMPLATE template0 ENCODING 'UTF8'" |
    as_postgres postgres --single -D "$PGDATA" postgres >/dev/null
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  touch "$PGDATA/made"
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups "$@" -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/run/postgresql
