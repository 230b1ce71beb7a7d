"""WebSocket over HTTP/2 (RFC 8441) to a backend that knows HTTP/1.1 only."""

from __future__ import annotations

import base64
import hashlib
import socket
from threading import Thread

from proxykit import Manager
from stream import Client
from support import DEADLINE


def serve_one(listener: socket.socket, seen: list[bytes]) -> None:
    """Accepts a WebSocket, and echoes bytes until the client ends."""
    connection, _ = listener.accept()
    with connection:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        seen.append(head)
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        key = fields[b"sec-websocket-key"]
        assert len(base64.b64decode(key, validate=True)) == 16
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        answer = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
        connection.sendall(answer + b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n")
        while received := connection.recv(65536):
            connection.sendall(received)


def test_a_websocket_over_http2(proxy: Manager) -> None:
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Thread(target=serve_one, args=(listener, seen), daemon=True)
        server.start()
        port = listener.getsockname()[1]
        proxy.add_route("/chat/", [f"http://127.0.0.1:{port}"], health_check=None)
        client = Client(proxy.address)
        while client.state.remote_settings.enable_connect_protocol != 1:
            client.step()
        head = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "http"),
            (":path", "/chat/room?x"),
            (":authority", "chat.example"),
            ("sec-websocket-version", "13"),
        ]
        client.state.send_headers(1, head)
        client.flush()
        while not client.status:
            client.step()
        assert client.status == b"200"
        assert b"sec-websocket-accept" not in client.head
        for text in [b"first", bytes(range(256)) * 100]:
            client.received = b""
            for start in range(0, len(text), 16000):
                client.state.send_data(1, text[start : start + 16000])
            client.flush()
            while len(client.received) < len(text):
                client.step()
            assert client.received == text
        assert proxy.get_backend("/chat/", f"http://127.0.0.1:{port}").in_flight == 1
        client.state.end_stream(1)
        client.flush()
        while not client.ended:
            client.step()
        client.socket.close()
        server.join(DEADLINE)
        assert not server.is_alive()
    assert seen[0].startswith(b"GET /room?x HTTP/1.1\r\n")
    assert b"\r\nhost: chat.example\r\n" in seen[0].lower()


def test_a_plain_connect_is_refused(proxy: Manager) -> None:
    client = Client(proxy.address)
    client.state.send_headers(1, [(":method", "CONNECT"), (":authority", "inner.example:22")])
    client.flush()
    while not client.status:
        client.step()
    client.socket.close()
    assert client.status == b"501"
