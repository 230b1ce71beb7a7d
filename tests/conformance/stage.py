"""Where a case runs: one proxy with its backends, and what all families ask of them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from conformance.model import Failed, check, show
from conformance.proxies import Proxy
from conformance.raw import Raw
from conformance.recorder import Behaviour, Connection, Recorder
from conformance.strict import Ambiguous, Message, requests


@dataclass
class Stage:
    proxy: Proxy
    backend: Recorder
    #: How long nothing must happen until it counts as the end: the second look at a failed case takes longer.
    quiet: float = 0.6

    def talk(self, data: bytes) -> Raw:
        """Send bytes on a connection of HTTP/1, and read until it is closed or nothing more happens."""
        with Raw(self.proxy.http1) as client:
            client.send(data)
            self.backend.stamp()
            while not client.closed:
                if client.take(0.05):
                    self.backend.stamp()
                elif time.monotonic() - self.backend.last > self.quiet:
                    break
        return client

    def settle(self) -> None:
        """Wait for the end of what the backend got in part: the rest of it, or a close."""
        end = time.monotonic() + self.quiet
        while time.monotonic() < end and any(map(is_begun, self.backend.connections)):
            time.sleep(0.01)

    def passed_on(self) -> list[Message]:
        """The requests that the backend got, each in a form that all readers take alike."""
        found: list[Message] = []
        for data in self.backend.received():
            try:
                found += requests(data)[0]
            except Ambiguous as error:
                raise Failed(f"the backend got what can be read in two ways: {error}; {show(data)}") from None
        return found

    def begun(self) -> bytes:
        """The beginning of a request that the backend did not get the end of."""
        try:
            return b"".join(requests(data)[1] for data in self.backend.received())
        except Ambiguous as error:
            raise Failed(f"the backend got what can be read in two ways: {error}") from None

    def get(
        self,
        target: str = "/",
        head: str = "",
        body: bytes = b"",
        *,
        method: str = "GET",
        then: Behaviour | None = None,
    ) -> tuple[Message, list[Message]]:
        """One plain request of HTTP/1.1 on its own connection: its answer, and what the backend got."""
        if then:
            self.backend.begin(then)
        with Raw(self.proxy.http1) as client:
            client.methods = [method.encode()]
            lines = f"{method} {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n{head}\r\n"
            client.send(lines.encode() + body)
            answer = client.answer()
        return answer, self.passed_on()

    def alive(self) -> None:
        """Fail unless the proxy answers a new client."""
        answer, _ = self.get("/alive")
        check(answer.status == 200, f"then a new client got {answer.start!r}")


def is_begun(connection: Connection) -> bool:
    """Whether more of a request is to come on this connection."""
    try:
        return not connection.ended and bool(requests(bytes(connection.received))[1])
    except Ambiguous:
        return False
