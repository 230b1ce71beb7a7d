"""A server of an app, on a thread of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Event, Lock, Thread, current_thread

from ..exceptions import StartFailedError

# A server that has been told to end at once does so in less.
_LONGEST_END = 10.0


class Server:
    """What the servers of both kinds of apps share. It starts once, and ends once.

    A subclass has `run`, which calls `self.ready.set` when clients may come and returns when it was told to
    end, and `tell_end`.
    """

    def __init__(self, prefix: str, path: str) -> None:
        self.prefix, self.path = prefix, path
        self.ready = Event()
        self._lock = Lock()
        self._failure: BaseException | None = None
        # A daemon, since the interpreter's end waits for other threads before it stops the manager.
        self._thread = Thread(target=self._run, name=f"proxykit-app {prefix}", daemon=True)
        self._process = 0

    def run(self) -> None:
        """Serve until the end."""
        raise NotImplementedError

    def tell_end(self, at_once: bool) -> None:
        """Have `run` return: at once, or when the requests in progress have their answers."""
        raise NotImplementedError

    def start(self) -> None:
        """Serve from here on; clients may come when this returns."""
        with self._lock:
            if self._process == 0:
                self._process = os.getpid()
                self._thread.start()
        self.ready.wait()
        if self._failure is not None:
            raise StartFailedError(f"the app at {self.prefix!r} did not start") from self._failure

    def end(self, *, at_once: bool) -> Callable[[], None]:
        """End, and give what waits for it."""
        # In a child that was forked there is nothing to end.
        if self._process != os.getpid():
            return lambda: None
        self.tell_end(at_once)
        return self._wait

    def _wait(self) -> None:
        # An app that stops its own manager would wait for itself.
        if current_thread() is not self._thread:
            self._thread.join(_LONGEST_END)

    def _run(self) -> None:
        try:
            self.run()
        except BaseException as error:
            # It goes to whoever starts; a server that runs raises nothing.
            self._failure = error
        finally:
            self.ready.set()
