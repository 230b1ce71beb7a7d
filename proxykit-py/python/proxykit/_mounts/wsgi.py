"""WSGI apps, served by waitress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Event
from typing import Any
from urllib.parse import unquote

try:
    from waitress import wasyncore
    from waitress.server import create_server
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "a WSGI app is served by waitress, which is not installed: pip install 'proxykit[wsgi]'"
    ) from error

from .client import Trusted, scheme
from .server import Server

App = Callable[..., Iterable[bytes]]
# The proxy keeps connections for as many requests as it has at a time; waitress would take no more than 100.
_CONNECTIONS = 16384


class WsgiServer(Server):
    """Runs a WSGI app on threads of its own."""

    def __init__(self, prefix: str, path: str, app: App, trusted: Trusted, threads: int) -> None:
        super().__init__(prefix, path)
        self._is_ending, self._is_over = Event(), Event()
        self._app, self._threads = _Mounted(app, prefix, trusted), threads
        self._map: dict[int, Any] = {}
        self._server: Any = None

    def run(self) -> None:
        """Serve until the end."""
        self._server = create_server(
            self._app,
            map=self._map,
            unix_socket=self.path,
            unix_socket_perms="600",
            threads=self._threads,
            connection_limit=_CONNECTIONS,
            # They are the proxy's own.
            clear_untrusted_proxy_headers=False,
            ident=None,
        )
        self.ready.set()
        # Its own `run` has no end but an exception in this thread.
        while not (self._is_ending.is_set() and (self._is_over.is_set() or self._is_idle())):
            wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map)

    def tell_end(self, at_once: bool) -> None:
        """Have `run` return."""
        if at_once:
            self._is_over.set()
        self._is_ending.set()
        if self._server is not None:
            self._server.pull_trigger()

    def _is_idle(self) -> bool:
        channels = list(self._server.active_channels.values())
        return not any(channel.requests or channel.total_outbufs_len for channel in channels)


class _Mounted:
    """Tells an app where it is mounted, and for whom a request is made."""

    def __init__(self, app: App, prefix: str, trusted: Trusted) -> None:
        self._app, self._trusted = app, trusted
        # In WSGI each byte is a letter.
        self._script_name = unquote(prefix.rstrip("/")).encode().decode("latin-1")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["SCRIPT_NAME"] = self._script_name
        environ["PATH_INFO"] = environ["PATH_INFO"][len(self._script_name) :]
        environ["wsgi.url_scheme"] = scheme(environ.get("HTTP_X_FORWARDED_PROTO", ""))
        client = self._trusted.client(environ.get("HTTP_X_FORWARDED_FOR", ""))
        if client is not None:
            environ["REMOTE_ADDR"] = client
        return self._app(environ, start_response)
