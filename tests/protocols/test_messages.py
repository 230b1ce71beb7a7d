"""The forms of messages, from one version of HTTP to the other."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from proxykit import Manager
from stream import Client
from support import DEADLINE
from tools import free_port, nghttpd


@contextmanager
def scripted(script: Callable[[socket.socket], None]) -> Iterator[str]:
    """A backend of HTTP/1.1 that does this on its one connection; its target."""
    failures: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            connection.settimeout(DEADLINE)
            try:
                with connection:
                    script(connection)
            except BaseException as failure:
                failures.append(failure)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(DEADLINE)
    assert not thread.is_alive()
    assert not failures, failures


def read_until(connection: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        piece = connection.recv(1)
        assert piece, received
        received += piece
    return received


def test_trailers_go_from_http2_to_http1_and_back(proxy: Manager) -> None:
    def script(connection: socket.socket) -> None:
        head = read_until(connection, b"\r\n\r\n").lower()
        assert b"\r\ntransfer-encoding: chunked\r\n" in head
        assert read_until(connection, b"\r\n\r\n").lower() == b"4\r\ntext\r\n0\r\nx-sum: 9\r\n\r\n"
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Result\r\n\r\n"
        connection.sendall(answer + b"2\r\nok\r\n0\r\nX-Result: 7\r\n\r\n")

    with scripted(script) as target:
        proxy.add_route("/", [target], health_check=None)
        client = Client(proxy.address)
        client.ask("POST", ("trailer", "x-sum"), ("te", "trailers"), body=b"text")
        client.state.send_headers(1, [("x-sum", "9")], end_stream=True)
        client.flush()
        client.finish()
        assert (client.status, client.received, client.trailers) == (b"200", b"ok", {b"x-result": b"7"})


def test_trailers_that_have_no_place_are_left_out(proxy: Manager, tmp_path: Path) -> None:
    """A body of known length has none in HTTP/1.1."""
    (tmp_path / "a").write_text("text")
    with nghttpd(tmp_path, free_port(), "--trailer=x-result: 7") as target:
        proxy.add_route("/", [target], health_check=None)
        host, port = proxy.address.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=DEADLINE) as connection:
            for _ in range(2):
                connection.sendall(b"GET /a HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nConnection: TE\r\n\r\n")
                head = read_until(connection, b"\r\n\r\n").lower()
                assert head.startswith(b"http/1.1 200 ")
                assert b"\r\ncontent-length: 4\r\n" in head
                assert read_until(connection, b"text") == b"text"


@pytest.mark.parametrize(
    ("method", "answer", "status", "length"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"200", b"1000"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"200", None),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", b"204", None),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", b"304", None),
    ],
)
def test_answers_without_a_body(
    proxy: Manager, method: str, answer: bytes, status: bytes, length: bytes | None
) -> None:
    def script(connection: socket.socket) -> None:
        read_until(connection, b"\r\n\r\n")
        connection.sendall(answer)

    with scripted(script) as target:
        proxy.add_route("/", [target], health_check=None)
        client = Client(proxy.address)
        client.ask(method)
        client.finish()
        assert (client.status, client.received) == (status, b"")
        assert client.head.get(b"content-length") == length


def test_events_arrive_one_by_one_over_http2(proxy: Manager) -> None:
    go_on = Event()

    def script(connection: socket.socket) -> None:
        read_until(connection, b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head)
        for event in [b"data: 1\n\n", b"data: 2\n\n"]:
            connection.sendall(b"%x\r\n%s\r\n" % (len(event), event))
            assert go_on.wait(DEADLINE)
            go_on.clear()
        connection.sendall(b"0\r\n\r\n")

    with scripted(script) as target:
        proxy.add_route("/", [target], health_check=None)
        client = Client(proxy.address)
        client.ask("GET")
        for event in [b"data: 1\n\n", b"data: 2\n\n"]:
            client.received = b""
            while len(client.received) < len(event):
                client.step()
            assert client.received == event
            go_on.set()
        client.finish()


def test_a_client_of_http2_gets_no_hints_and_its_answer(proxy: Manager) -> None:
    def script(connection: socket.socket) -> None:
        read_until(connection, b"\r\n\r\n")
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with scripted(script) as target:
        proxy.add_route("/", [target], health_check=None)
        client = Client(proxy.address)
        client.ask("GET")
        client.finish()
        assert (client.status, client.received, b"link" in client.head) == (b"200", b"ok", False)


def test_a_client_of_http2_that_waits_gets_on(proxy: Manager) -> None:
    def script(connection: socket.socket) -> None:
        head = read_until(connection, b"\r\n\r\n").lower()
        assert b"\r\nexpect: 100-continue\r\n" in head
        assert read_until(connection, b"text") == b"text"
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with scripted(script) as target:
        proxy.add_route("/", [target], health_check=None)
        client = Client(proxy.address)
        client.ask("POST", ("expect", "100-continue"), ("content-length", "4"), body=b"text")
        client.state.end_stream(1)
        client.flush()
        client.finish()
        assert (client.status, client.received) == (b"200", b"ok")
