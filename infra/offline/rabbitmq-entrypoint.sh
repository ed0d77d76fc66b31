#!/bin/sh
# Starts Debian's RabbitMQ as the public image does: user and password from the environment, log on the standard output, a given command instead.
set -e
# Kept when the container is started again, as files of the operator are.
if [ ! -e /etc/rabbitmq/rabbitmq.conf ]; then
  {
    echo "listeners.tcp.default = 5672"
    echo "loopback_users = none"
    [ -z "$RABBITMQ_DEFAULT_USER" ] || echo "default_user = $RABBITMQ_DEFAULT_USER"
    [ -z "$RABBITMQ_DEFAULT_PASS" ] || echo "default_pass = $RABBITMQ_DEFAULT_PASS"
    [ -z "$RABBITMQ_DEFAULT_VHOST" ] || echo "default_vhost = $RABBITMQ_DEFAULT_VHOST"
  } >/etc/rabbitmq/rabbitmq.conf
  chown rabbitmq:rabbitmq /etc/rabbitmq/rabbitmq.conf
  chmod 600 /etc/rabbitmq/rabbitmq.conf
fi
chown -R rabbitmq:rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
export RABBITMQ_LOGS=-
if [ $# -gt 0 ] && [ "$1" != rabbitmq-server ]; then
  exec "$@"
fi
exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups /usr/lib/rabbitmq/bin/rabbitmq-server
