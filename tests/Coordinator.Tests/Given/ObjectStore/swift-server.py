"""OpenStack Swift in one process: proxy with its S3 API, account, container and object server, on free ports of this machine.

Usage: swift-server.py FOLDER [CERTIFICATE KEY]. Says "ready PORT" once it serves, and ends when its standard input does.
"""
import os
import sys

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402
from swift.common import ring, utils  # noqa: E402
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

PROXY = """
[pipeline:main]
pipeline = catch_errors bulk s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_service = a-secret-of-the-tests .admin
user_test_stranger = another-secret
"""


class Silence:
    def write(self, text):
        pass


class Forgetful:
    """Stands in for memcached: each question is asked anew."""

    def get(self, key, **more):
        return None

    def set(self, key, value, **more):
        pass

    def delete(self, key, **more):
        pass


def with_cache(app):
    def answer(env, start_response):
        env["swift.cache"] = Forgetful()
        return app(env, start_response)

    return answer


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main(folder, tls):
    device = os.path.join(folder, "devices", "d1")
    os.makedirs(device)
    write(os.path.join(folder, "swift.conf"), "[swift-hash]\nswift_hash_path_suffix = tests\n[storage-policy:0]\nname = one\ndefault = yes\n")
    utils.set_swift_dir(folder)
    reload_storage_policies()
    common = f"[DEFAULT]\nswift_dir = {folder}\ndevices = {folder}/devices\nmount_check = false\nworkers = 0\nlog_address = /dev/null\n"
    common += "disable_fallocate = true\nfsync_dir = false\n"
    sockets = {}
    for kind in ("account", "container", "object"):
        sockets[kind] = eventlet.listen(("127.0.0.1", 0))
        builder = ring.RingBuilder(2, 1, 1)
        builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": sockets[kind].getsockname()[1], "device": "d1", "weight": 1.0,
                         "replication_ip": "127.0.0.1", "replication_port": sockets[kind].getsockname()[1], "meta": ""})
        builder.rebalance()
        builder.get_ring().save(os.path.join(folder, f"{kind}.ring.gz"))
        write(os.path.join(folder, f"{kind}.conf"), f"{common}[pipeline:main]\npipeline = server\n[app:server]\nuse = egg:swift#{kind}\n")
    write(os.path.join(folder, "proxy.conf"), common + PROXY)
    sockets["proxy"] = eventlet.listen(("127.0.0.1", 0))
    port = sockets["proxy"].getsockname()[1]
    if tls:
        sockets["proxy"] = eventlet.wrap_ssl(sockets["proxy"], certfile=tls[0], keyfile=tls[1], server_side=True)
    for kind, socket in sockets.items():
        app = with_cache(loadapp(os.path.join(folder, f"{kind}.conf"), allow_modify_pipeline=kind == "proxy"))
        eventlet.spawn(wsgi.server, socket, app, log=Silence(), protocol=SwiftHttpProtocol, log_output=False, capitalize_response_headers=False)
    print(f"ready {port}", flush=True)
    while eventlet.tpool.execute(os.read, 0, 1024):
        pass


main(sys.argv[1], sys.argv[2:4])
