"""A proxy in an event loop, until Ctrl-C or SIGTERM."""

import asyncio
import signal

from proxykit import Manager


async def main() -> None:
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)

    # At the end of the block requests in flight have ten seconds to finish, and the loop goes on meanwhile.
    async with Manager() as manager:
        manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"])
        manager.start("127.0.0.1:8080")
        print(f"listening on http://{manager.address}", flush=True)
        await over.wait()


asyncio.run(main())
