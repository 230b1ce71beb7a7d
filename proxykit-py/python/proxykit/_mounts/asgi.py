"""ASGI apps, served by uvicorn."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

try:
    import uvicorn
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "an ASGI app is served by uvicorn, which is not installed: pip install 'proxykit[asgi]'"
    ) from error

from .client import Trusted, scheme
from .server import Server

App = Callable[..., Awaitable[None]]
# What a request that was cut off gets to come to its end, in seconds.
_GRACE = 1


class AsgiServer(Server):
    """Runs an ASGI app in an event loop of its own, with its lifespan."""

    def __init__(self, prefix: str, path: str, app: App, trusted: Trusted) -> None:
        super().__init__(prefix, path)
        self._config = uvicorn.Config(
            _Mounted(app, prefix, trusted),
            uds=path,
            # The program's own logging is what counts, and who the client is we say ourselves.
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        self._server = _Uvicorn(self._config, self.ready.set)

    def run(self) -> None:
        """Serve until the end."""
        self._server.run()

    def tell_end(self, at_once: bool) -> None:
        """Have `run` return."""
        if at_once:
            self._config.timeout_graceful_shutdown = _GRACE
        self._server.should_exit = True


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


class _Mounted:
    """Tells an app where it is mounted, and for whom a request is made."""

    def __init__(self, app: App, prefix: str, trusted: Trusted) -> None:
        self._app, self._trusted = app, trusted
        self._root_path = unquote(prefix.rstrip("/"))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            client = self._trusted.client(headers.get(b"x-forwarded-for", ""))
            used = scheme(headers.get(b"x-forwarded-proto", ""))
            if scope["type"] == "websocket":
                used = used.replace("http", "ws")
            # The path stays whole: by the specification it contains the root path.
            scope = {
                **scope,
                "root_path": self._root_path,
                "client": client and (client, 0),
                "scheme": used,
            }
        await self._app(scope, receive, send)
