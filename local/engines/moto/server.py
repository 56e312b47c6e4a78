"""moto's server with our mends, on a port of 127.0.0.1 that it finds itself.

Usage: server.py PORT_FILE. The port is written to PORT_FILE once the server listens.
"""

import logging
import os
import resource
import signal
import sys
import threading
from functools import cache

# Cross-origin headers on every answer, and a second account per access key: not for us.
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")

import glue_mends  # noqa: E402
import s3_mends  # noqa: E402
import sqs_mends  # noqa: E402
import ssm_mends  # noqa: E402
from http_handler import KeepAliveHandler  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

# What the first calls would wait for otherwise.
SERVICES_OF_EVERY_RUN = ["s3", "glue", "sqs", "secretsmanager", "ssm"]


class QuickDispatcher(DomainDispatcherApplication):
    """moto reads a folder of some 175 modules for each request to find the service of a host, holding a lock."""

    @cache
    def get_backend_for_host(self, host):
        return super().get_backend_for_host(host)


def create_app(service):
    if service == "ssm":
        ssm_mends.load()
    app = create_backend_app(service)
    app.debug = False
    return app


def allow_many_files() -> None:
    """Each object too large for memory is an open file without a name."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        pass  # a system that allows fewer still runs, with fewer large objects


def main(port_file: str) -> None:
    allow_many_files()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    glue_mends.apply()
    s3_mends.apply()
    sqs_mends.apply()
    application = QuickDispatcher(create_app)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=KeepAliveHandler)
    server.daemon_threads = True
    os.environ["MOTO_PORT"] = str(server.port)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    with open(f"{port_file}.partial", "w") as file:
        file.write(str(server.port))
    os.replace(f"{port_file}.partial", port_file)

    def warm() -> None:
        for service in SERVICES_OF_EVERY_RUN:
            with application.lock:
                if service not in application.app_instances:
                    application.app_instances[service] = create_app(service)

    threading.Thread(target=warm, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
