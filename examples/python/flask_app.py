"""A proxy before two servers and an app of Flask, until Ctrl-C or SIGTERM."""

import signal
from contextlib import suppress

from flask import Flask

from proxykit import Manager

app = Flask(__name__)


@app.get("/ping")
def ping() -> dict[str, str]:
    return {"message": "pong"}


signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM ends it as Ctrl-C does

with Manager() as manager, suppress(KeyboardInterrupt):
    manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"])
    manager.mount("/", app)
    manager.start("127.0.0.1:8080")
    print(f"listening on http://{manager.address}", flush=True)
    manager.wait()
