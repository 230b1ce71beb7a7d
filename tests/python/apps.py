"""Apps that are mounted: each answers with what it saw, as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from threading import Event
from typing import Any


class Asgi:
    """A plain ASGI app, which counts its lifespans."""

    def __init__(self, *, fails: bool = False) -> None:
        self.started, self.ended = Event(), Event()
        self.held, self.release = Event(), Event()
        self.fails = fails

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            message = await receive()
            await send({"type": "websocket.send", "text": f"{scope['root_path']} {message['text']}"})
            await send({"type": "websocket.close"})
        else:
            if scope["path"].endswith("/hold"):
                self.held.set()
                while not self.release.is_set():
                    await asyncio.sleep(0.01)
            seen = {name: scope[name] for name in ("path", "root_path", "client", "scheme")}
            seen["raw_path"] = scope["raw_path"].decode()
            seen["query"] = scope["query_string"].decode()
            body = json.dumps(seen).encode()
            length = str(len(body)).encode()
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]}
            )
            await send({"type": "http.response.body", "body": body})

    async def lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        if self.fails:
            await send({"type": "lifespan.startup.failed", "message": "no database"})
            return
        self.started.set()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.ended.set()
        await send({"type": "lifespan.shutdown.complete"})


class Wsgi:
    """A plain WSGI app."""

    def __init__(self) -> None:
        self.held, self.release = Event(), Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/hold":
            self.held.set()
            self.release.wait(60)
        names = ("SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR", "wsgi.url_scheme", "QUERY_STRING")
        body = json.dumps({name: environ[name] for name in names}).encode()
        start_response("200 OK", [("content-length", str(len(body)))])
        return [body]
