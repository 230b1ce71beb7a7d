"""The apps of one manager, and when they run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from inspect import iscoroutinefunction
from tempfile import mkdtemp
from threading import Lock
from typing import Any, Literal

from .client import Trusted
from .server import Server

Interface = Literal["auto", "asgi", "wsgi"]
"""How an app is called."""

App = Callable[..., Any]


@dataclass(eq=False)
class Mount:
    """An app with its place, and its server while it runs."""

    prefix: str
    path: str
    make: Callable[[str, str], Server]
    server: Server | None = None

    def start(self) -> None:
        """Serve; clients may come when this returns."""
        if self.server is None:
            self.server = self.make(self.prefix, self.path)
        self.server.start()

    def end(self, *, at_once: bool) -> Callable[[], None]:
        """End, and give what waits for it."""
        server, self.server = self.server, None
        return server.end(at_once=at_once) if server else lambda: None


class Mounts:
    """The apps of a manager. Their folder is there until the stop, only its user may look into it."""

    def __init__(self, trusted_proxies: Iterable[str], *, is_running: bool) -> None:
        self._trusted = Trusted(trusted_proxies)
        self._lock = Lock()
        self._mounts: list[Mount] = []
        self._is_running = is_running
        # Its name is short, as that of a socket has to be.
        self._folder = mkdtemp(prefix="proxykit-")
        self._process = os.getpid()
        self._count = 0

    def add(self, prefix: str, app: App, interface: Interface, threads: int) -> Mount:
        """Take an app. It is served when this returns, if the manager runs."""
        make = self._maker(app, interface, threads)
        with self._lock:
            self._count += 1
            mount = Mount(prefix, os.path.join(self._folder, f"{self._count}.sock"), make)
            self._mounts.append(mount)
            is_running = self._is_running
        if is_running:
            try:
                mount.start()
            except BaseException:
                self.forget(mount)
                raise
        return mount

    def forget(self, mount: Mount) -> None:
        """End an app whose route never came."""
        with self._lock:
            if mount in self._mounts:
                self._mounts.remove(mount)
        mount.end(at_once=True)

    def remove(self, prefix: str) -> None:
        """End those of a route that was removed, behind the requests in progress; nobody waits for it."""
        with self._lock:
            removed = [mount for mount in self._mounts if mount.prefix == prefix]
            self._mounts = [mount for mount in self._mounts if mount.prefix != prefix]
        for mount in removed:
            mount.end(at_once=False)

    def start(self) -> None:
        """Start them all, or none."""
        with self._lock:
            self._is_running = True
            mounts = list(self._mounts)
        try:
            for mount in mounts:
                mount.start()
        except BaseException:
            self.halt()
            raise

    def halt(self) -> None:
        """End them all, and wait for it. They may be started again."""
        with self._lock:
            self._is_running = False
            mounts = list(self._mounts)
        for wait in [mount.end(at_once=True) for mount in mounts]:
            wait()

    def close(self) -> None:
        """End them all for good; the folder goes as well."""
        # In a child that was forked all of it is the parent's.
        if self._process == os.getpid():
            self.halt()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _maker(self, app: App, interface: Interface, threads: int) -> Callable[[str, str], Server]:
        if interface == "asgi" or (interface == "auto" and _is_asgi(app)):
            from .asgi import AsgiServer

            return lambda prefix, path: AsgiServer(prefix, path, app, self._trusted)
        if interface in ("auto", "wsgi"):
            from .wsgi import WsgiServer

            return lambda prefix, path: WsgiServer(prefix, path, app, self._trusted, threads)
        raise ValueError(f"interface must be 'auto', 'asgi' or 'wsgi', not {interface!r}")


def _is_asgi(app: object) -> bool:
    while isinstance(app, partial):
        app = app.func
    return iscoroutinefunction(app) or iscoroutinefunction(type(app).__call__)
