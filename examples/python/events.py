"""Prints what happens, in an event loop, until Ctrl-C or SIGTERM."""

import asyncio
import signal

from proxykit import Manager


async def main() -> None:
    manager = Manager()
    events = manager.events()
    manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"])
    manager.start("127.0.0.1:8080")

    loop = asyncio.get_running_loop()

    def stop() -> None:
        # It waits for requests, and must not hold up the loop.
        loop.run_in_executor(None, manager.stop)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    async for event in events:
        print(event.kind, event.prefix or "", event.target or "", flush=True)


asyncio.run(main())
