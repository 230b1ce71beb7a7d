"""Who makes calls while a load runs."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from contextlib import closing

from benches.load import LoadError

# Makes one call; its number says which.
Call = Callable[[http.client.HTTPConnection, int], None]


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> None:
    """One request, which must be answered with 200."""
    connection.request(method, path, body=None if body is None else json.dumps(body))
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise LoadError(f"{method} {path}: {answer.status} {said!r}")


class Caller:
    """Makes calls at a rate, each when it is due, until the block is left; it fails if one fails."""

    def __init__(self, port: int, rate: float, call: Call) -> None:
        self.port = port
        self.rate = rate
        self.call = call
        self.made = 0
        self.seconds = 0.0
        self._over = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Caller:
        self._begun = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.seconds = time.monotonic() - self._begun
        if self._failure:
            raise self._failure

    def _run(self) -> None:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
                while not self._over.wait(max(0.0, self._begun + self.made / self.rate - time.monotonic())):
                    self.call(connection, self.made)
                    self.made += 1
        except BaseException as failure:
            self._failure = failure
