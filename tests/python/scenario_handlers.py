"""The handlers that scenarios ask for."""

from __future__ import annotations

from threading import Condition

from proxykit import Request, Response
from proxykit._handlers import Handler
from scenario_wire import read


class Gate:
    """Holds handlers until it is opened, once and for all."""

    def __init__(self) -> None:
        self.held = 0
        self._is_open = False
        self._opened = Condition()

    def wait(self) -> None:
        with self._opened:
            self.held += 1
            self._opened.wait_for(lambda: self._is_open)
            self.held -= 1

    def open(self) -> None:
        with self._opened:
            self._is_open = True
            self._opened.notify_all()


GATE = Gate()


def describe(request: Request) -> str:
    return f"{request.method} {request.target}\n{request.body.decode()}"


def fail(_: Request) -> str:
    raise RuntimeError("asked to fail")


def hold(_: Request) -> str:
    GATE.wait()
    return "released"


def named(word: str) -> Handler:
    """Give the handler of this word: one of those above, or one that answers with a status."""
    known = {"describe": describe, "fail": fail, "hold": hold}.get(word)
    if known is not None:
        return known
    status = read(word, int)
    return lambda _: Response(status)
