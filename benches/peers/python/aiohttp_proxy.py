"""A proxy of aiohttp's client and server, on uvloop, until SIGTERM: aiohttp_proxy.py BACKEND."""

from __future__ import annotations

import sys

import aiohttp
import uvloop
from aiohttp import web
from headers import answered, forwarded
from yarl import URL

BACKEND = f"http://{sys.argv[1]}"


async def start() -> web.Application:
    connector = aiohttp.TCPConnector(limit=0)
    session = aiohttp.ClientSession(
        connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    )

    async def proxy(request: web.Request) -> web.StreamResponse:
        async with session.request(
            request.method,
            URL(BACKEND + request.raw_path, encoded=True),
            headers=forwarded(request.headers.items(), request.remote or "", request.host),
            data=request.content if request.can_read_body else None,
            allow_redirects=False,
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers=answered(answer.headers.items()))
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy)
    return app


async def main() -> None:
    import asyncio

    runner = web.AppRunner(await start(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"listening 127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


uvloop.run(main())
