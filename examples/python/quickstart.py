"""A proxy before two servers, until Ctrl-C or SIGTERM."""

import signal
from contextlib import suppress

from proxykit import HealthCheck, Manager

signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM ends it as Ctrl-C does

with Manager() as manager, suppress(KeyboardInterrupt):
    targets = ["http://localhost:8081", "http://localhost:8082"]
    manager.add_route("/proxy/", targets, health_check=HealthCheck(interval=5))
    manager.start("127.0.0.1:8080")
    print(f"listening on http://{manager.address}", flush=True)
    manager.wait()
