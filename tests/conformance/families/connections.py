"""When connections stay and when they end, and what streams over them. RFC 9112, section 9."""

from __future__ import annotations

import socket
import time
from threading import Event, Thread

from conformance.model import Case, Family, check, show
from conformance.raw import Raw
from conformance.recorder import OK, Connection, answering
from conformance.stage import Stage

GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
MEBIBYTE = bytes(range(256)) * 4096


def persistence(name: str, rule: str, ask: bytes, *, stays: bool | None) -> Case:
    """A request, and whether the connection takes another one behind it."""

    def run(stage: Stage) -> str:
        with Raw(stage.proxy.http1) as client:
            client.send(ask)
            answer = client.answer()
            check(answer.status == 200 and answer.body == b"ok", show(bytes(client.received)))
            if not client.closed:
                client.send(ask)
                client.until(lambda: len(client.finals()) == 2, stage.quiet * 2)
            stayed = len(client.finals()) == 2
            check(
                stays is None or stayed == stays, f"answers: {len(client.finals())}, closed: {client.closed}"
            )
            said = (answer.get(b"connection") or b"nothing said").decode()
        return f"{'stays' if stayed else 'closed'} ({said})"

    return Case(name, rule, run)


def chunks_to_http10(stage: Stage) -> str:
    """RFC 9112, section 6.1: a client of HTTP/1.0 knows no chunks."""
    stage.backend.begin(answering(CHUNKED + b"2\r\nab\r\n0\r\n\r\n"))
    with Raw(stage.proxy.http1) as client:
        client.send(b"GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n")
        client.to_end()
        answer = client.answer()
        check(not answer.all(b"transfer-encoding") and answer.body == b"ab", show(bytes(client.received)))
    return "to the end"


def backend_closes(stage: Stage) -> str:
    """The backend closes after each answer, and says so: that is no concern of the client's connection."""
    stage.backend.begin(
        answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", close=True)
    )
    with Raw(stage.proxy.http1) as client:
        for number in range(1, 11):
            client.send(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc")
            check(client.answer(number).status == 200, show(bytes(client.received)))
    return "10 answers on one connection"


def backend_closes_in_silence(stage: Stage) -> str:
    """The backend closes a kept connection without a word: no client may pay for that."""
    stage.backend.begin(answering(OK, close=True))
    with Raw(stage.proxy.http1) as client:
        for number in range(1, 11):
            client.send(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc")
            check(client.answer(number).status == 200, show(bytes(client.received)))
            end = time.monotonic() + 5
            while not all(one.ended for one in stage.backend.connections) and time.monotonic() < end:
                time.sleep(0.005)
    return "10 answers on one connection"


def many_requests(stage: Stage) -> str:
    with Raw(stage.proxy.http1) as client:
        for _ in range(300):
            client.received.clear()
            client.send(GET)
            check(client.answer().status == 200, show(bytes(client.received)))
    opened = len(stage.backend.connections)
    check(opened <= 30, f"{opened} connections to the backend")
    return f"300 requests, {opened} to the backend"


def half_close(stage: Stage) -> str:
    """The client says that it sends no more, and waits for its answer."""
    with Raw(stage.proxy.patient) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc")
        client.socket.shutdown(socket.SHUT_WR)
        check(client.answer(limit=5).status == 200, show(bytes(client.received)))
        client.to_end(5)
        check(client.closed, "the connection stays open")
    return "answered, closed"


def half_close_slow(stage: Stage) -> str:
    """The same, and the answer takes its time."""
    go = Event()

    def behave(connection: Connection) -> None:
        if connection.read_request() is not None:
            go.wait(5)
            connection.send(OK)

    stage.backend.begin(behave)
    with Raw(stage.proxy.patient) as client:
        client.send(GET)
        client.socket.shutdown(socket.SHUT_WR)
        client.take(0.5)
        go.set()
        check(client.answer(limit=5).status == 200, show(bytes(client.received)))
    return "answered"


def early_answer(close: bool) -> Case:
    """The backend answers by the head, and reads no body: the client must hear of it while it still sends."""

    def behave(connection: Connection) -> None:
        if connection.read_head() is not None:
            connection.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
            while not close and connection.read():
                pass

    def run(stage: Stage) -> str:
        stage.backend.begin(behave)
        with Raw(stage.proxy.http1) as client:
            client.send(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 33554432\r\n\r\n")
            sender = Thread(target=client.send, args=(MEBIBYTE * 32,), daemon=True)
            sender.start()
            check(client.answer().status == 413, show(bytes(client.received)))
        sender.join(10)
        check(not sender.is_alive(), "the client is still sending")
        return "413"

    return Case("an early answer to an upload, and " + ("closed" if close else "read on"), "9112 9.3", run)


def client_goes(stage: Stage) -> str:
    """The backend must hear of it, and not answer nobody for hours."""
    gone = Event()

    def behave(connection: Connection) -> None:
        if connection.read_request() is None:
            return
        connection.send(CHUNKED)
        while not gone.is_set() and not connection.ended:
            connection.send(b"1\r\nx\r\n")
            connection.socket.settimeout(0.02)
            try:
                if not connection.socket.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        gone.set()

    stage.backend.begin(behave)
    with Raw(stage.proxy.http1) as client:
        client.send(GET)
        client.until(lambda: b"\r\nx" in client.received)
    check(gone.wait(5), "the backend still sends after 5 s")
    return "cancelled"


def client_goes_early(stage: Stage) -> str:
    """The same, while the backend still thinks."""
    asked, gone = Event(), Event()

    def behave(connection: Connection) -> None:
        if connection.read_request() is not None:
            asked.set()
            while connection.read():
                pass
            gone.set()

    stage.backend.begin(behave)
    with Raw(stage.proxy.http1) as client:
        client.send(GET)
        check(asked.wait(5), "the request did not come")
    check(gone.wait(5), "the backend was not told within 5 s")
    return "cancelled"


def no_backend(stage: Stage) -> str:
    """A backend that resets the connection before it answers."""

    def behave(connection: Connection) -> None:
        if connection.read():
            connection.reset()

    stage.backend.begin(behave)
    with Raw(stage.proxy.http1) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc")
        check(client.answer().status in (502, 503), show(bytes(client.received)))
        status = client.answer().status
    sent = len([1 for data in stage.backend.received() if data.endswith(b"abc")])
    check(sent <= 1, f"the POST was sent {sent} times")
    return str(status)


FAMILIES = [
    Family(
        "Connections",
        "when they stay, and when they end",
        [
            persistence("HTTP/1.1", "9112 9.3", GET, stays=True),
            persistence("HTTP/1.1, close", "9112 9.6", GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), stays=False),
            persistence("HTTP/1.1, Close, X", "9112 9.6", GET.replace(b"\r\n\r\n", b"\r\nConnection: x, Close\r\n\r\n"), stays=False),
            persistence("HTTP/1.0", "9112 9.3", GET.replace(b"1.1", b"1.0"), stays=False),
            persistence("HTTP/1.0, keep-alive", "9112 9.3", b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", stays=None),
            Case("chunks for HTTP/1.0", "9112 6.1", chunks_to_http10),
            Case("300 requests in a row", "9112 9.3", many_requests),
            Case("the backend closes each time", "9112 9.6", backend_closes),
            Case("the backend closes in silence", "9112 9.5", backend_closes_in_silence),
            Case("the backend resets before it answers", "9112 9.5", no_backend),
            Case("half-closed by a client that waits", "9112 9.6", half_close),
            Case("half-closed by a client that waits for long", "9112 9.6", half_close_slow),
            early_answer(True),
            early_answer(False),
            Case("the client goes away before the answer", "9110 3.7", client_goes_early),
            Case("the client goes away within the answer", "9110 3.7", client_goes),
        ],
    ),
]  # fmt: skip
