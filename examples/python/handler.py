"""A proxy before two servers, beside a path that the program answers itself, until Ctrl-C or SIGTERM."""

import signal
from contextlib import suppress

from proxykit import Manager, Request

signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM ends it as Ctrl-C does

manager = Manager()
manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"])


@manager.handler("/ping")
def ping(request: Request) -> str:
    """Runs on a thread of the manager's."""
    return "pong\n"


with manager, suppress(KeyboardInterrupt):
    manager.start("127.0.0.1:8080")
    print(f"listening on http://{manager.address}", flush=True)
    manager.wait()
