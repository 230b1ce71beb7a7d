"""proxy.py as a reverse proxy, with one worker, until SIGTERM: proxy_py.py BACKEND."""

from __future__ import annotations

import signal
import sys

from proxy import Proxy
from proxy.http.parser import HttpParser
from proxy.http.server import ReverseProxyBasePlugin
from proxy.http.url import Url

BACKEND = f"http://{sys.argv[1]}".encode()


class Route(ReverseProxyBasePlugin):
    """Everything goes to the backend."""

    def routes(self) -> list[str]:
        return [r"/.*$"]

    def handle_route(self, request: HttpParser, pattern: object) -> Url:
        return Url.from_bytes(BACKEND + (request.path or b"/"))


if __name__ == "__main__":
    options = ["--hostname", "127.0.0.1", "--port", "0", "--num-acceptors", "1", "--num-workers", "1"]
    # Its event loop, the default, breaks off under this load: a thread for each connection does not.
    options += ["--threaded", "--log-level", "ERROR", "--enable-reverse-proxy"]
    with Proxy(options, plugins=[Route]) as running:
        print(f"listening 127.0.0.1:{running.flags.port}", flush=True)
        signal.sigwait([signal.SIGTERM, signal.SIGINT])
