"""A backend that keeps every byte it was sent, and answers with any bytes."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread

from support import DEADLINE

Behaviour = Callable[["Connection"], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Connection:
    """One connection from the proxy."""

    def __init__(self, recorder: Recorder, connection: socket.socket) -> None:
        self.recorder = recorder
        self.socket = connection
        self.received = bytearray()
        self.ended = False
        self._begin = 0

    def read(self) -> bool:
        """Take in more bytes; False at the end."""
        try:
            data = self.socket.recv(262144)
        except OSError:
            data = b""
        self.received += data
        self.recorder.stamp()
        self.ended = not data
        return bool(data)

    def read_until(self, found: Callable[[bytes], bool]) -> bool:
        while not found(bytes(self.received[self._begin :])):
            if not self.read():
                return False
        return True

    def read_head(self) -> bytes | None:
        """The head of the next request, with its empty line."""
        if not self.read_until(lambda data: b"\r\n\r\n" in data):
            return None
        head = bytes(self.received[self._begin :]).split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n"
        self._begin += len(head)
        return head

    def read_body(self, head: bytes) -> bool:
        """Take in the body behind this head, in a forgiving way: who is strict reads it all again later."""
        if re.search(rb"(?im)^transfer-encoding:.*chunked", head):
            return self.read_chunks()
        match = re.search(rb"(?im)^content-length:\s*(\d+)", head)
        length = int(match[1]) if match else 0
        while len(self.received) < self._begin + length:
            if not self.read():
                return False
        self._begin += length
        return True

    def read_chunks(self) -> bool:
        while True:
            if not self.read_until(lambda data: b"\n" in data):
                return False
            size_line, _ = bytes(self.received[self._begin :]).split(b"\n", 1)
            digits = re.match(rb"[0-9a-fA-F]{1,16}", size_line)
            size = int(digits[0], 16) if digits else 0
            self._begin += len(size_line) + 1
            if not size:
                break
            while len(self.received) < self._begin + size + 2:
                if not self.read():
                    return False
            self._begin += size + 2
        # The trailers, of which there may be none.
        found = self.read_until(lambda data: data.startswith(b"\r\n") or b"\r\n\r\n" in data)
        rest = bytes(self.received[self._begin :])
        self._begin += 2 if rest.startswith(b"\r\n") else rest.find(b"\r\n\r\n") + 4
        return found

    def read_request(self) -> bytes | None:
        """The head of the next request that has come in whole."""
        head = self.read_head()
        return head if head is not None and self.read_body(head) else None

    def send(self, data: bytes) -> None:
        with suppress(OSError):
            self.socket.sendall(data)
        self.recorder.stamp()

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Break the connection off."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.socket.close()


class Recorder:
    """Listens on a free port. Each connection is answered by the behaviour of the case that runs."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.connections: list[Connection] = []
        self.behave: Behaviour = answering(OK)
        self.last = time.monotonic()
        self._lock = Lock()
        self._threads: list[Thread] = []
        Thread(target=self._accept, daemon=True).start()

    def stamp(self) -> None:
        """Note that something happened."""
        self.last = time.monotonic()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.settimeout(DEADLINE)
            connection = Connection(self, accepted)
            thread = Thread(target=self._run, args=(connection, self.behave), daemon=True)
            with self._lock:
                self.connections.append(connection)
                self._threads.append(thread)
                thread.start()
            self.stamp()

    def _run(self, connection: Connection, behave: Behaviour) -> None:
        behave(connection)
        connection.close()
        # What the proxy still sends belongs to the record, and its own close shows that it has heard of ours.
        while not connection.ended and connection.read():
            pass
        connection.socket.close()

    def begin(self, behave: Behaviour) -> None:
        """Forget what was, and answer in this way from now on: no connection outlives its case."""
        with self._lock:
            connections, self.connections = self.connections, []
            threads, self._threads = self._threads, []
            self.behave = behave
        for connection in connections:
            connection.close()
        end = time.monotonic() + 2
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        for connection in connections:
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    def received(self) -> list[bytes]:
        """What came in on each connection."""
        with self._lock:
            return [bytes(connection.received) for connection in self.connections]

    def close(self) -> None:
        self.begin(lambda _: None)
        self._listener.close()


def answering(answer: bytes, *, close: bool = False) -> Behaviour:
    """Answer each request with these bytes, once it has come in whole."""

    def behave(connection: Connection) -> None:
        while connection.read_request() is not None:
            connection.send(answer)
            if close:
                return

    return behave
