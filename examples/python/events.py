"""Prints what happens, in an event loop, until Ctrl-C or SIGTERM."""

import asyncio
import signal

from proxykit import Manager


async def main() -> None:
    async with Manager() as manager:
        events = manager.events()
        manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"])
        manager.start("127.0.0.1:8080")

        stopping: list[asyncio.Task[int]] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(
                number, lambda: stopping.append(asyncio.ensure_future(manager.aclose()))
            )
        async for event in events:
            print(event.kind, event.prefix or "", event.target or "", flush=True)


asyncio.run(main())
