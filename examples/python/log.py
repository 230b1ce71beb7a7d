"""Writes the log to a logger of the standard library's, until Ctrl-C or SIGTERM."""

import logging
import signal
import sys

from proxykit import Manager

logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")

with Manager() as manager:
    manager.set_logger()
    manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: manager.stop())
    manager.start("127.0.0.1:8080")
    manager.wait()
