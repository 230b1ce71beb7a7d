"""A client of HTTP/2 that does one thing at a time."""

from __future__ import annotations

import socket

import h2.config
import h2.connection
import h2.events

from support import DEADLINE


class Client:
    """A client of HTTP/2 that has one stream."""

    def __init__(self, address: str) -> None:
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=DEADLINE)
        self.state = h2.connection.H2Connection(h2.config.H2Configuration())
        self.state.initiate_connection()
        self.status, self.received, self.ended = b"", b"", False
        self.head: dict[bytes, bytes] = {}
        self.trailers: dict[bytes, bytes] = {}
        self.flush()

    def flush(self) -> None:
        self.socket.sendall(self.state.data_to_send())

    def step(self) -> None:
        data = self.socket.recv(65536)
        assert data, "the connection was closed"
        for event in self.state.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                self.head = dict(event.headers)
                self.status = self.head[b":status"]
            elif isinstance(event, h2.events.TrailersReceived):
                self.trailers = dict(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                self.received += event.data
                self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                self.ended = True
        self.flush()

    def ask(self, method: str, *fields: tuple[str, str], body: bytes | None = None) -> None:
        """Send a request. Behind a body the stream stays open, for trailers or an end."""
        head = [(":method", method), (":scheme", "http"), (":path", "/"), (":authority", "h"), *fields]
        self.state.send_headers(1, head, end_stream=body is None)
        if body is not None:
            self.state.send_data(1, body)
        self.flush()

    def finish(self) -> None:
        """Take what comes until the end of the answer."""
        while not self.ended:
            self.step()
        self.socket.close()
