"""``proxykit demo``: two backends, a proxy before them, and what to try."""

from __future__ import annotations

import json
from shlex import quote

from .. import AddressInUseError, Manager
from .arguments import Options
from .backend import SampleBackend
from .flags import DEFAULT_LISTEN
from .output import say, url


def demo(options: Options) -> int:
    """Run the demo until a signal comes, and give the exit status."""
    with SampleBackend("blue") as blue, SampleBackend("green") as green:
        manager = Manager()
        manager.add_route("/proxy/", [blue.url, green.url])
        try:
            _start(manager, options.listen)
            say(f"listening on {url(manager.address)}", "")
            say(*_curl_lines(manager.address, green.url), "", "Ctrl-C ends it.")
            manager.wait()
        except KeyboardInterrupt:
            manager.stop()
    return 0


def _start(manager: Manager, listen: str | None) -> None:
    if listen is not None:
        manager.start(listen)
        return
    try:
        manager.start(DEFAULT_LISTEN)
    except AddressInUseError:
        manager.start("127.0.0.1:0")


def _curl_lines(address: str, target: str) -> list[str]:
    """What to paste: a request through the proxy, then the management API."""
    if address.startswith("unix:"):
        curl, base = f"curl --unix-socket {quote(address[len('unix:') :])}", "http://localhost"
    else:
        curl, base = "curl", url(address)
    body = quote(json.dumps({"prefixPath": "/proxy/", "targets": [target]}))
    return [
        "# Through the proxy; the backends take turns:",
        f"{curl} {base}/proxy/hello",
        "# The backends and their health:",
        f"{curl} {quote(f'{base}/endpoints/list?prefixPath=/proxy/')}",
        "# Take one away, and give it back:",
        f"{curl} -d {body} {base}/endpoints/remove",
        f"{curl} -d {body} {base}/endpoints/add",
    ]
