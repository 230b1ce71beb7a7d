"""A client that sends any bytes, and keeps those that come back."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from typing import TypeVar

from conformance.model import Failed, show
from conformance.strict import Ambiguous, Message, responses

Self = TypeVar("Self", bound="Raw")


class Raw:
    """One connection to a proxy."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.received = bytearray()
        self.closed = False
        self.was_reset = False
        self.unheard = False
        self.methods = [b"GET"] * 8

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        if self.unheard:
            return
        try:
            self.socket.sendall(data)
        except OSError:
            # A proxy that has refused the head may close before it has read the rest, or read no more.
            self.unheard = True

    def take(self, limit: float) -> bool:
        """Wait for more bytes, or the end; False if nothing happened."""
        if not select.select([self.socket], [], [], max(0.0, limit))[0]:
            return False
        try:
            data = self.socket.recv(262144)
        except OSError:
            data, self.was_reset = b"", True
        self.received += data
        self.closed = not data
        return True

    def until(self, found: Callable[[], bool], limit: float = 5.0) -> bool:
        """Read until the condition holds; False if it did not in time, or the connection ended before."""
        end = time.monotonic() + limit
        while not found():
            left = end - time.monotonic()
            if self.closed or left <= 0 or not self.take(left):
                return found()
        return True

    def answers(self) -> list[Message]:
        """The whole answers so far."""
        try:
            return responses(bytes(self.received), self.methods, self.closed)[0]
        except Ambiguous as error:
            raise Failed(f"the client got what can be read in two ways: {error}") from None

    def finals(self) -> list[Message]:
        return [answer for answer in self.answers() if answer.status >= 200 or answer.status == 101]

    def answer(self, number: int = 1, limit: float = 5.0) -> Message:
        """The answer with this number, which must come."""
        if not self.until(lambda: len(self.finals()) >= number, limit):
            raise Failed(
                f"no answer {number}; the client got {show(bytes(self.received))!r}, closed={self.closed}"
            )
        return self.finals()[number - 1]

    def to_end(self, limit: float = 5.0) -> bool:
        """Read to the end of the connection."""
        return self.until(lambda: self.closed, limit)
