"""A proxy of Starlette and httpx under uvicorn, with uvloop, until SIGTERM: httpx_proxy.py BACKEND."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from headers import answered, forwarded
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

BACKEND = f"http://{sys.argv[1]}"
METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=BACKEND, limits=limits, timeout=60) as app.state.client:
        yield


async def proxy(request: Request) -> StreamingResponse:
    client: httpx.AsyncClient = request.app.state.client
    url = httpx.URL(path=request.url.path, query=request.url.query.encode())
    address = request.client.host if request.client else ""
    fields = forwarded(request.headers.items(), address, request.headers.get("host", ""))
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    asked = client.build_request(
        request.method, url, headers=fields, content=request.stream() if has_body else None
    )
    answer = await client.send(asked, stream=True)
    response = StreamingResponse(
        answer.aiter_raw(), status_code=answer.status_code, background=BackgroundTask(answer.aclose)
    )
    response.raw_headers = [
        (name.encode(), value.encode()) for name, value in answered(answer.headers.multi_items())
    ]
    return response


app = Starlette(routes=[Route("/{path:path}", proxy, methods=METHODS)], lifespan=lifespan)
with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
    print(f"listening 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, access_log=False, log_level="warning", loop="uvloop", http="httptools")
    uvicorn.Server(config).run(sockets=[listener])
