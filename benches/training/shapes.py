"""What requests are like beside those that are measured.

What no load runs through is laid out as if nobody ever came there. So these do what users do, and the
benchmark does not: fields as browsers and applications send them, answers in chunks, paths that are
rewritten, other balancers, HTTP/2 and TLS on either side.
"""

from __future__ import annotations

from benches.backend import PAGE
from benches.load import Load, h2load, wrk
from benches.proxies import Proxy, Route, Setup
from benches.scenarios import HTTP2, MEDIUM, PLAIN, SMALL, Scenario, requests
from benches.stage import Stage

# What a browser sends with most requests.
FIELDS = (
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding: gzip, deflate, br",
    "Accept-Language: en-GB,en;q=0.5",
    "Cache-Control: max-age=0",
    "Cookie: session=5f1c9a7e0b3d4826; theme=dark",
    "Referer: http://localhost/app/",
    "Sec-Fetch-Dest: document",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-Site: same-origin",
    "Upgrade-Insecure-Requests: 1",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
)


def application(balancer: str, backends: int):
    """A route below a prefix that the backends do not see."""

    def setup(stage: Stage, relay: bool) -> Setup:
        port = stage.backend.http.rpartition(":")[2]
        # All of the loopback net is this machine.
        targets = tuple(f"127.0.0.{number}:{port}" for number in range(1, backends + 1))
        return Setup((Route("/app/", targets, balancer, settings=("strip_prefix=true",)),))

    return setup


def pages(stage: Stage, proxy: Proxy) -> Load:
    """Compressed, and so in chunks of a length that nobody has announced."""
    url = f"http://127.0.0.1:{proxy.port}/app{PAGE}"
    return wrk(url, 64, stage.seconds, stage.cores.load, fields=FIELDS)


def http2_upstream(stage: Stage, relay: bool) -> Setup:
    """HTTP/1.1 from the client, HTTP/2 to the backend."""
    return stage.setup(HTTP2, upstream="h2c")


def https_upstream(stage: Stage, relay: bool) -> Setup:
    """TLS to the backend."""
    trusted = f"upstream_ca={stage.certificate.chain}"
    return Setup((Route("/", (stage.backend.https,), settings=(trusted,)),), upstream="https")


def secure_http2(stage: Stage, relay: bool) -> Setup:
    """TLS to the client, who may choose HTTP/2."""
    return stage.setup(PLAIN, certificate=stage.certificate)


def secure_streams(stage: Stage, proxy: Proxy) -> Load:
    """What browsers do today."""
    return h2load(f"https://127.0.0.1:{proxy.port}{MEDIUM}", 8, 8, stage.seconds, stage.cores.load)


SHAPES = (
    Scenario("pages", "pages in chunks, least connections", application("least_connections", 3), pages),
    Scenario("hashed", "pages in chunks, IP hash", application("ip_hash", 3), pages),
    Scenario("h2c", "HTTP/2 to the backend", http2_upstream, requests(SMALL, 64)),
    Scenario("https", "TLS to the backend", https_upstream, requests(MEDIUM, 64)),
    Scenario("https-2", "HTTP/2 over TLS, 10 KiB", secure_http2, secure_streams),
)
