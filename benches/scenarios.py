"""What is asked of every proxy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benches.backend import SIZES
from benches.load import Load, asker, h2load, wrk
from benches.proxies import Proxy, Setup
from benches.stage import Stage

# Which backend, by its field of `Backend`.
PLAIN, HTTP2, GRPC, WEBSOCKET = "http", "http2", "grpc", "websocket"
TLS_CIPHER = "TLS_AES_128_GCM_SHA256"


@dataclass(frozen=True)
class Scenario:
    """A shape of load. `setup` says what a proxy is to do, `load` asks it of one and says how much was asked.

    `unit` is what is counted. A GET of `path`, where there is one, must give what the backend gives.
    Where there is a run at a fixed rate, it asks for that path on `open_loop` connections. `more` are
    peers that take part here only.
    """

    name: str
    title: str
    setup: Callable[[Stage, bool], Setup]
    load: Callable[[Stage, Proxy], Load]
    unit: str = "request"
    path: str | None = None
    open_loop: int | None = None
    more: tuple[str, ...] = ()


def plain(stage: Stage, relay: bool) -> Setup:
    """HTTP/1.1 on both sides."""
    return stage.setup(PLAIN)


def secure(stage: Stage, relay: bool) -> Setup:
    """TLS to the client; the relay takes it off as well, and so shows what TLS alone costs."""
    return stage.setup(PLAIN, certificate=stage.certificate)


def http2(stage: Stage, relay: bool) -> Setup:
    """HTTP/2 from the client, HTTP/1.1 to the backend; what is relayed has to be HTTP/2 there as well."""
    return stage.setup(HTTP2 if relay else PLAIN, downstream="h2c")


def grpc(stage: Stage, relay: bool) -> Setup:
    """HTTP/2 on both sides."""
    return stage.setup(GRPC, downstream="h2c", upstream="h2c")


def websocket(stage: Stage, relay: bool) -> Setup:
    """A tunnel after the handshake."""
    return stage.setup(WEBSOCKET)


def requests(path: str, connections: int, *, close: bool = False, body: int = 0, size: int = 0):
    """A closed loop of HTTP/1.1."""

    def load(stage: Stage, proxy: Proxy) -> Load:
        url = f"http://127.0.0.1:{proxy.port}{path}"
        return wrk(url, connections, stage.seconds, stage.cores.load, close=close, body=body, size=size)

    return load


def secure_requests(stage: Stage, proxy: Proxy) -> Load:
    """As `requests`, over TLS 1.3, all with the same cipher."""
    options = ["--h1", f"--tls13-ciphers={TLS_CIPHER}"]
    url = f"https://127.0.0.1:{proxy.port}/"
    return h2load(url, 64, 1, stage.seconds, stage.cores.load, options)


def streams(stage: Stage, proxy: Proxy) -> Load:
    """64 requests at a time, on 8 connections."""
    return h2load(f"http://127.0.0.1:{proxy.port}/", 8, 8, stage.seconds, stage.cores.load)


def messages(stage: Stage, proxy: Proxy) -> Load:
    """64 WebSockets, each with one message of 128 bytes under way."""
    url = f"ws://127.0.0.1:{proxy.port}/"
    return asker(["websocket", url, "--connections", "64"], stage.seconds, stage.cores.load)


def calls(stage: Stage, proxy: Proxy) -> Load:
    """64 calls at a time, on 8 connections, with messages of 128 bytes."""
    url = f"http://127.0.0.1:{proxy.port}/bench.Echo/Unary"
    shape = ["--connections", "8", "--streams", "8"]
    return asker(["grpc", url, *shape], stage.seconds, stage.cores.load)


SMALL, MEDIUM, LARGE = "/", "/files/10k", "/files/1m"
SCENARIOS = (
    Scenario("small", "11 B, 64 connections", plain, requests(SMALL, 64), path=SMALL, open_loop=64),
    Scenario("one", "11 B, 1 connection", plain, requests(SMALL, 1), path=SMALL),
    Scenario("many", "11 B, 512 connections", plain, requests(SMALL, 512), path=SMALL, open_loop=512),
    Scenario("10k", "10 KiB, 64 connections", plain, requests(MEDIUM, 64), path=MEDIUM, open_loop=64),
    Scenario(
        "1m",
        "1 MiB, 64 connections",
        plain,
        requests(LARGE, 64, size=SIZES["1m"]),
        path=LARGE,
        more=("haproxy-splicing",),
    ),
    Scenario(
        "post", "POST of 10 KiB, 64 connections", plain, requests(SMALL, 64, body=10 * 1024), path=SMALL
    ),
    Scenario(
        "new",
        "11 B, a new connection each",
        plain,
        requests(SMALL, 64, close=True),
        path=SMALL,
    ),
    Scenario("tls", "11 B, TLS 1.3, 64 connections", secure, secure_requests),
    Scenario("http2", "11 B, HTTP/2, 8 connections of 8 streams", http2, streams),
    Scenario("websocket", "WebSocket echo of 128 B, 64 connections", websocket, messages, unit="message"),
    Scenario("grpc", "gRPC unary of 128 B, 8 connections of 8 calls", grpc, calls, unit="call"),
)
