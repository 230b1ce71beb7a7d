"""Upgrades: what becomes a tunnel, and what must not. RFC 9110, section 7.8; RFC 6455; RFC 8441."""

from __future__ import annotations

import base64
import hashlib
import re
import socket

from conformance.frames import Frames
from conformance.model import Case, Family, NotApplicable, check, show
from conformance.raw import Raw
from conformance.recorder import Connection
from conformance.stage import Stage

ASK = (
    b"GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def accept(head: bytes) -> bytes:
    key = re.search(rb"(?im)^sec-websocket-key:\s*(\S+)", head)
    digest = hashlib.sha1((key[1] if key else b"") + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "
        + base64.b64encode(digest)
        + b"\r\n\r\n"
    )


def echo(connection: Connection, greeting: bytes = b"") -> None:
    """Accept, and give back what comes until the other side ends."""
    head = connection.read_head()
    if head is None:
        return
    connection.send(accept(head) + greeting)
    seen = len(connection.received)
    while connection.read():
        connection.send(bytes(connection.received[seen:]))
        seen = len(connection.received)


def opened(stage: Stage, client: Raw) -> None:
    client.send(ASK)
    check(client.answer().status == 101, show(bytes(client.received)))
    head = client.answer()
    check((head.get(b"upgrade") or b"").lower() == b"websocket", f"the client got {head.fields!r}")
    check(
        head.get(b"sec-websocket-accept") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        f"the client got {head.fields!r}",
    )


def both_ways(stage: Stage) -> str:
    stage.backend.begin(echo)
    with Raw(stage.proxy.http1) as client:
        opened(stage, client)
        for text in (b"first", bytes(range(256)) * 400, b"last"):
            client.send(text)
            check(client.until(lambda text=text: client.received.endswith(text)), "the echo did not come")  # type: ignore[misc]
        client.socket.shutdown(socket.SHUT_WR)
        check(client.to_end(), "the tunnel stays open behind its end")
    return "101, echoed, closed"


def greeting(stage: Stage) -> str:
    """The backend's first bytes come in the same packet as its 101."""
    stage.backend.begin(lambda connection: echo(connection, b"\x81\x05hello"))
    with Raw(stage.proxy.http1) as client:
        opened(stage, client)
        check(client.until(lambda: client.received.endswith(b"\x81\x05hello")), show(bytes(client.received)))
    return "not lost"


def eager_client(stage: Stage) -> str:
    """The client's first bytes come in the same packet as its request."""
    stage.backend.begin(echo)
    with Raw(stage.proxy.http1) as client:
        client.send(ASK + b"eager")
        check(client.until(lambda: client.received.endswith(b"eager")), show(bytes(client.received)))
    return "not lost"


def backend_ends(stage: Stage) -> str:
    def behave(connection: Connection) -> None:
        head = connection.read_head()
        if head is not None:
            connection.send(accept(head) + b"bye")

    stage.backend.begin(behave)
    with Raw(stage.proxy.http1) as client:
        opened(stage, client)
        check(client.to_end(), "the tunnel stays open behind its end")
        check(client.received.endswith(b"bye"), show(bytes(client.received)))
    return "closed"


def half_closed(stage: Stage) -> str:
    """The client ends its side, and still hears what the backend has to say."""

    def behave(connection: Connection) -> None:
        head = connection.read_head()
        if head is None:
            return
        connection.send(accept(head))
        while connection.read():
            pass
        connection.send(b"the rest")

    stage.backend.begin(behave)
    with Raw(stage.proxy.http1) as client:
        opened(stage, client)
        client.send(b"x")
        client.socket.shutdown(socket.SHUT_WR)
        client.to_end()
        check(client.received.endswith(b"the rest"), "what the backend said last was lost")
    return "the rest came"


def refused(stage: Stage) -> str:
    """The backend does not change: its answer is a plain one, and the connection goes on."""
    with Raw(stage.proxy.http1) as client:
        client.send(ASK)
        check(client.answer().status == 200, show(bytes(client.received)))
        if not client.closed:
            client.send(b"GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n")
            check(client.answer(2).status == 200, show(bytes(client.received)))
    return "200"


def not_asked(name: str, lines: bytes, rule: str = "9110 7.8") -> Case:
    """No tunnel may come of this; the backend would open one whenever it sees `Upgrade`."""

    def behave(connection: Connection) -> None:
        while (head := connection.read_request()) is not None:
            if re.search(rb"(?im)^upgrade:", head):
                connection.send(accept(head) + b"tunnel")
                return
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def run(stage: Stage) -> str:
        stage.backend.begin(behave)
        with Raw(stage.proxy.http1) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: a.example\r\n" + lines + b"\r\n\r\n")
            status = client.answer().status
            client.take(0.1)
            check(b"tunnel" not in client.received, "it became a tunnel")
        check(
            not any(message.all(b"upgrade") for message in stage.passed_on()),
            "the backend was asked to change",
        )
        return str(status)

    return Case(name, rule, run)


def over_http2(stage: Stage) -> str:
    """RFC 8441, to a backend that knows HTTP/1.1 only."""
    stage.backend.begin(echo)
    with Frames(stage.proxy.http2) as client:
        client.until(lambda: bool(client.settings), 3)
        if client.settings.get(8) != 1:
            raise NotApplicable("it does not say SETTINGS_ENABLE_CONNECT_PROTOCOL")
        fields = [
            (b":method", b"CONNECT"),
            (b":protocol", b"websocket"),
            (b":scheme", b"http"),
            (b":path", b"/chat"),
            (b":authority", b"a.example"),
            (b"sec-websocket-version", b"13"),
        ]
        client.headers(1, fields, end=False)
        stream = client.stream(1)
        client.until(lambda: stream.status > 0)
        check(stream.status == 200, f"the client got {stream!r}")
        client.data(1, b"hello", end=False)
        check(client.until(lambda: stream.data == b"hello"), f"the client got {bytes(stream.data)!r}")
        client.data(1, b"", end=True)
        check(client.finish(1).done, "the stream stays open behind its end")
    return "200, echoed"


FAMILIES = [
    Family(
        "Upgrades",
        "WebSocket, and what must be no tunnel",
        [
            Case("WebSocket both ways", "6455 4", both_ways),
            Case("bytes right behind the 101", "6455 4", greeting),
            Case("bytes right behind the request", "6455 4", eager_client),
            Case("ended by the backend", "6455 7", backend_ends),
            Case("half-closed by the client", "9110 7.8", half_closed),
            Case("refused by the backend", "9110 7.8", refused),
            Case("WebSocket over HTTP/2", "8441", over_http2),
            not_asked("Upgrade without Connection", b"Upgrade: websocket"),
            not_asked("h2c", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__", "9113 3.1"),
        ],
    ),
]  # fmt: skip
