"""Bodies are streamed as they come, and come through whole. RFC 9110, section 3.7."""

from __future__ import annotations

import hashlib
from threading import Event

from conformance.families.connections import CHUNKED, GET, MEBIBYTE
from conformance.frames import Frames, request
from conformance.model import Case, Family, check, show
from conformance.raw import Raw
from conformance.recorder import OK, Behaviour, Connection
from conformance.stage import Stage


def piece_by_piece(stage: Stage) -> str:
    """Each piece of an upload reaches the backend before the next one is sent."""
    pieces = [Event() for _ in range(5)]

    def behave(connection: Connection) -> None:
        if connection.read_head() is None:
            return
        for number, piece in enumerate(pieces):
            connection.read_until(lambda data, number=number: b"piece %d" % number in data)  # type: ignore[misc]
            piece.set()
        connection.send(OK)

    stage.backend.begin(behave)
    with Raw(stage.proxy.http1) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 35\r\n\r\n")
        for number, piece in enumerate(pieces):
            client.send(b"piece %d" % number)
            check(piece.wait(5), f"piece {number} is held back")
        check(client.answer().status == 200, show(bytes(client.received)))
    return "5 pieces"


EVENTS = [b"data: %d\n\n" % number for number in range(5)]


def streaming(go: list[Event]) -> Behaviour:
    def behave(connection: Connection) -> None:
        if connection.read_request() is None:
            return
        connection.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for event, before in zip(EVENTS, go):
            before.wait(10)
            connection.send(b"%x\r\n%s\r\n" % (len(event), event))
        connection.send(b"0\r\n\r\n")

    return behave


def events(stage: Stage) -> str:
    """Server-sent events: each is there before the backend sends the next one."""
    go = [Event() for _ in EVENTS]
    stage.backend.begin(streaming(go))
    with Raw(stage.proxy.http1) as client:
        client.send(GET)
        for event, before in zip(EVENTS, go):
            before.set()
            check(client.until(lambda event=event: event in client.received, 5), f"{event!r} is held back")  # type: ignore[misc]
        check(client.answer().body == b"".join(EVENTS), show(bytes(client.received)))
    return "5 events"


def events_http2(stage: Stage) -> str:
    go = [Event() for _ in EVENTS]
    stage.backend.begin(streaming(go))
    with Frames(stage.proxy.http2) as client:
        client.headers(1, request())
        stream = client.stream(1)
        for event, before in zip(EVENTS, go):
            before.set()
            check(client.until(lambda event=event: event in stream.data, 5), f"{event!r} is held back")  # type: ignore[misc]
        check(client.finish(1).ended, "no end")
    return "5 events"


def head_at_once(stage: Stage) -> str:
    """The head of an answer does not wait for its body."""
    go = Event()

    def behave(connection: Connection) -> None:
        if connection.read_request() is not None:
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            go.wait(10)
            connection.send(b"ok")

    stage.backend.begin(behave)
    with Raw(stage.proxy.http1) as client:
        client.send(GET)
        came = client.until(lambda: b"\r\n\r\n" in client.received, 5)
        go.set()
        check(came, "the head is held back")
        check(client.answer().body == b"ok", show(bytes(client.received)))
    return "at once"


def large_answer(chunked: bool) -> Case:
    def behave(connection: Connection) -> None:
        if connection.read_request() is None:
            return
        if chunked:
            connection.send(CHUNKED)
            for _ in range(64):
                connection.send(b"%x\r\n%s\r\n" % (len(MEBIBYTE), MEBIBYTE))
            connection.send(b"0\r\n\r\n")
        else:
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 << 20))
            for _ in range(64):
                connection.send(MEBIBYTE)

    def run(stage: Stage) -> str:
        stage.backend.begin(behave)
        with Raw(stage.proxy.http1) as client:
            client.send(b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
            client.to_end(60)
            answer = client.answer()
            check(hashlib.sha256(answer.body).digest() == DIGEST, f"{len(answer.body)} bytes, and others")
        return "64 MiB"

    return Case(f"an answer of 64 MiB, {'chunked' if chunked else 'of known length'}", "9112 7", run)


DIGEST = hashlib.sha256(MEBIBYTE * 64).digest()


def large_request(chunked: bool) -> Case:
    def run(stage: Stage) -> str:
        seen = hashlib.sha256()

        def behave(connection: Connection) -> None:
            head = connection.read_head()
            if head is None or not connection.read_body(head):
                return
            connection.send(OK)

        stage.backend.begin(behave)
        with Raw(stage.proxy.http1) as client:
            head = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (8 << 20)
            client.send(b"POST / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n" + head + b"\r\n\r\n")
            for _ in range(8):
                client.send(b"%x\r\n%s\r\n" % (len(MEBIBYTE), MEBIBYTE) if chunked else MEBIBYTE)
            if chunked:
                client.send(b"0\r\n\r\n")
            check(client.answer(limit=60).status == 200, show(bytes(client.received)))
        seen.update(stage.passed_on()[0].body)
        check(seen.digest() == hashlib.sha256(MEBIBYTE * 8).digest(), "the backend got other bytes")
        return "8 MiB"

    return Case(f"a request of 8 MiB, {'chunked' if chunked else 'of known length'}", "9112 7", run)


FAMILIES = [
    Family(
        "Bodies",
        "streamed as they come, and whole",
        [
            Case("an upload in pieces", "9110 3.7", piece_by_piece),
            Case("the head at once", "9110 3.7", head_at_once),
            Case("server-sent events", "9110 3.7", events),
            Case("server-sent events (HTTP/2)", "9110 3.7", events_http2),
            large_answer(False),
            large_answer(True),
            large_request(False),
            large_request(True),
        ],
    ),
]  # fmt: skip
