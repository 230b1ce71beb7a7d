"""HTTP/2 on the client's side: frames, streams, windows. RFC 9113."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

from conformance.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Frames,
    block,
    request,
)
from conformance.model import Case, Family, check
from conformance.recorder import OK, Connection, answering
from conformance.stage import Stage

LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: 262144\r\n\r\n" + b"x" * 262144
UPDATE = struct.pack(">I", 1)


def get(client: Frames, number: int) -> None:
    """A request that must be answered."""
    client.headers(number, request())
    stream = client.finish(number)
    check(stream.status == 200 and stream.ended, f"stream {number}: {stream!r}, GOAWAY: {client.goaway}")


def ignored(name: str, rule: str, send: Callable[[Frames], None]) -> Case:
    """Frames that change nothing: the requests around them are answered."""

    def run(stage: Stage) -> str:
        with Frames(stage.proxy.http2) as client:
            get(client, 1)
            send(client)
            get(client, 3)
        return "200, 200"

    return Case(name, rule, run)


def handshake(stage: Stage) -> str:
    with Frames(stage.proxy.http2, [(3, 10), (4, 65535), (0x1234, 1)]) as client:
        check(client.until(lambda: client.acknowledged == 1), "the settings were not acknowledged")
        check(client.is_up(), "no answer to PING")
        get(client, 1)
    return f"up to {client.settings.get(3, 'any number of')} streams"


def window(stage: Stage) -> str:
    """RFC 9113, section 6.9: not a byte more than the window has."""
    stage.backend.begin(answering(LARGE))
    with Frames(stage.proxy.http2, [(4, 1000)]) as client:
        client.credit = False
        client.headers(1, request())
        stream = client.stream(1)
        client.until(lambda: len(stream.data) >= 1000, 5)
        client.until(lambda: False, stage.quiet / 2)
        check(len(stream.data) == 1000, f"{len(stream.data)} bytes came")
        client.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 500))
        client.until(lambda: len(stream.data) >= 1500, 5)
        check(len(stream.data) == 1500, f"then {len(stream.data)} bytes came")
        client.credit = True
        for number in (0, 1):
            client.frame(WINDOW_UPDATE, 0, number, struct.pack(">I", 262144))
        check(
            client.finish(1).ended and len(stream.data) == 262144, f"at the end {len(stream.data)} bytes came"
        )
    return "1000, 1500, all"


def one_stalls(stage: Stage) -> str:
    """A stream that nobody reads holds up no other one."""
    stage.backend.begin(answering(LARGE))
    with Frames(stage.proxy.http2, [(4, 1000)]) as client:
        client.credit = False
        client.headers(1, request())
        client.until(lambda: len(client.stream(1).data) >= 1000, 5)
        client.headers(3, request())
        client.until(lambda: client.stream(3).status > 0, 5)
        check(client.stream(3).status == 200, "the second stream is held up")
    return "200 for the other"


def many_streams(stage: Stage) -> str:
    with Frames(stage.proxy.http2) as client:
        client.until(lambda: bool(client.settings))
        count = min(client.settings.get(3, 100), 100)
        for number in range(count):
            client.headers(1 + 2 * number, request(b"/%d" % number))
        check(
            client.until(lambda: all(client.stream(1 + 2 * number).ended for number in range(count))),
            f"{sum(stream.ended for stream in client.streams.values())} answers",
        )
    return f"{count} at once"


def split_head(name: str, size: int) -> Case:
    def run(stage: Stage) -> str:
        with Frames(stage.proxy.http2) as client:
            data = block([*request(), *((b"x-%d" % n, b"y" * 100) for n in range(19))])
            client.frame(HEADERS, END_STREAM, 1, data[:size])
            for at in range(size, len(data), size):
                last = at + size >= len(data)
                client.frame(CONTINUATION, END_HEADERS if last else 0, 1, data[at : at + size])
            check(
                client.finish(1).status == 200,
                f"the client got {client.stream(1)!r}, GOAWAY: {client.goaway}",
            )
        return "200"

    return Case(name, "9113 6.10", run)


def padded(stage: Stage) -> str:
    with Frames(stage.proxy.http2) as client:
        client.frame(HEADERS, END_HEADERS | 0x8, 1, b"\x05" + block(request(method=b"POST")) + bytes(5))
        client.frame(DATA, END_STREAM | 0x8, 1, b"\x07abc" + bytes(7))
        check(client.finish(1).status == 200, f"the client got {client.stream(1)!r}, GOAWAY: {client.goaway}")
    check(stage.passed_on()[0].body == b"abc", "the padding was passed on")
    return "200"


def cancelled(stage: Stage) -> str:
    """A stream that the client resets is cancelled at the backend, and the connection goes on."""

    def behave(connection: Connection) -> None:
        head = connection.read_request()
        if head is not None and b" /hold " not in head:
            connection.send(OK)
        while head is not None and connection.read():
            pass

    stage.backend.begin(behave)
    with Frames(stage.proxy.http2) as client:
        client.headers(1, request(b"/hold"))
        end = time.monotonic() + 5
        while not any(b"/hold" in data for data in stage.backend.received()) and time.monotonic() < end:
            client.take(0.01)
        client.frame(RST_STREAM, 0, 1, struct.pack(">I", 8))
        end = time.monotonic() + 5
        while not any(one.ended for one in stage.backend.connections) and time.monotonic() < end:
            client.take(0.01)
        check(any(one.ended for one in stage.backend.connections), "the backend was not told")
        get(client, 3)
    return "cancelled"


def client_goaway(stage: Stage) -> str:
    """A client that goes away still gets what it asked for."""
    stage.backend.begin(answering(LARGE))
    with Frames(stage.proxy.http2) as client:
        client.headers(1, request())
        client.frame(GOAWAY, 0, 0, bytes(8))
        stream = client.finish(1)
        check(stream.ended and len(stream.data) == 262144, f"{len(stream.data)} bytes came")
    return "answered"


def error(name: str, rule: str, send: Callable[[Frames], None]) -> Case:
    """Frames that end the connection, or the stream; the proxy goes on."""

    def run(stage: Stage) -> str:
        with Frames(stage.proxy.http2) as client:
            client.until(lambda: bool(client.settings))
            send(client)

            def ended() -> bool:
                return client.goaway is not None or any(stream.reset for stream in client.streams.values())

            client.until(lambda: client.closed or ended(), 5)
            check(client.closed or ended(), "nothing happened")
        stage.alive()
        return (
            f"GOAWAY, {client.goaway}"
            if client.goaway is not None
            else "closed"
            if client.closed
            else "reset"
        )

    return Case(name, rule, run)


def window_beyond_limit(client: Frames) -> None:
    client.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**31 - 1))


def interrupted(client: Frames) -> None:
    client.frame(HEADERS, END_STREAM, 1, block(request()))
    client.frame(PING, 0, 0, bytes(8))


FAMILIES = [
    Family(
        "HTTP/2: frames",
        "streams, windows, what is ignored and what is not",
        [
            Case("settings and PING", "9113 6.5", handshake),
            Case("the window is kept", "9113 6.9", window),
            Case("a stream that is not read", "9113 5.2", one_stalls),
            Case("as many streams as allowed", "9113 5.1.2", many_streams),
            split_head("a head in five frames", 450),
            split_head("a head in twenty frames", 106),
            Case("padding", "9113 6.1", padded),
            Case("a stream that the client resets", "9113 6.4", cancelled),
            Case("GOAWAY by the client", "9113 6.8", client_goaway),
            ignored("PRIORITY", "9113 6.3", lambda client: client.frame(PRIORITY, 0, 5, bytes(4) + b"\x10")),
            ignored("an unknown frame", "9113 5.5", lambda client: client.frame(0xEE, 0xFF, 0, b"abc")),
            ignored("PRIORITY_UPDATE", "9218 7.1", lambda client: client.frame(0x10, 0, 0, b"\0\0\0\x07u=1")),
            ignored("an unknown setting", "9113 6.5.2", lambda client: client.frame(SETTINGS, 0, 0, b"\xee\xee\0\0\0\1")),
            ignored("unknown flags", "9113 4.1", lambda client: client.frame(PING, 0xF0, 0, bytes(8))),
            ignored("WINDOW_UPDATE for a stream that is done", "9113 5.1", lambda client: client.frame(WINDOW_UPDATE, 0, 1, UPDATE)),
            error("a frame that is too large", "9113 4.2", lambda client: client.frame(DATA, 0, 1, bytes(16385))),
            error("DATA on an idle stream", "9113 5.1", lambda client: client.frame(DATA, 0, 5, b"abc")),
            error("an even stream", "9113 5.1.1", lambda client: client.frame(HEADERS, 5, 2, block(request()))),
            error("HEADERS on stream 0", "9113 6.2", lambda client: client.frame(HEADERS, 5, 0, block(request()))),
            error("PUSH_PROMISE by a client", "9113 8.4", lambda client: client.frame(5, 4, 1, bytes(4) + block(request()))),
            error("a bad header block", "9113 4.3", lambda client: client.frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff")),
            error("a frame between HEADERS and CONTINUATION", "9113 6.10", interrupted),
            error("a window beyond its limit", "9113 6.9.1", window_beyond_limit),
            error("WINDOW_UPDATE of 0", "9113 6.9", lambda client: client.frame(WINDOW_UPDATE, 0, 0, bytes(4))),
            error("PING of 7 bytes", "9113 6.7", lambda client: client.frame(PING, 0, 0, bytes(7))),
            error("RST_STREAM on an idle stream", "9113 6.4", lambda client: client.frame(RST_STREAM, 0, 7, bytes(4))),
        ],
    ),
]  # fmt: skip
