"""TLS before two servers: tls.py CHAIN KEY. SIGHUP reads the two files again; Ctrl-C and SIGTERM end it."""

import signal
import sys
from contextlib import suppress

from proxykit import InvalidCertificateError, Manager


def read_again(*_: object) -> None:
    try:
        manager.reload_certificates()
    except InvalidCertificateError as error:
        # What was in force stays.
        print(error, file=sys.stderr)


signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM ends it as Ctrl-C does
chain, key = sys.argv[1:]

with Manager(tls_certificates=[chain], tls_keys=[key]) as manager, suppress(KeyboardInterrupt):
    signal.signal(signal.SIGHUP, read_again)
    manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"])
    manager.start("127.0.0.1:8443")
    print(f"listening on https://{manager.address}", flush=True)
    manager.wait()
