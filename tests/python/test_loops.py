"""Managers in event loops: the same in asyncio, uvloop and trio, by themselves and under anyio."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
import trio
import uvloop

from proxykit import InvalidArgumentError, Manager, NotStartedError, StoppedError, TimedOutError
from support import DEADLINE, Backend, accepts, hold, wait_until

Main = Callable[[], Awaitable[None]]


LOOPS: dict[str, Callable[[Main], Any]] = {
    "asyncio": lambda main: asyncio.run(main()),  # type: ignore[arg-type]
    "uvloop": lambda main: uvloop.run(main()),  # type: ignore[arg-type]
    "trio": trio.run,
    "anyio": anyio.run,
    "anyio-trio": lambda main: anyio.run(main, backend="trio"),
}


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Main], None]:
    """Run a coroutine function in a loop, with a deadline."""

    def run(main: Main) -> None:
        async def within() -> None:
            with anyio.fail_after(DEADLINE):
                await main()

        LOOPS[request.param](within)

    return run


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


Run = Callable[[Main], None]


def test_a_block_stops_its_manager(run: Run, backend: Backend) -> None:
    addresses: list[str] = []

    async def main() -> None:
        async with Manager(workers=1) as manager:
            manager.start("127.0.0.1:0")
            addresses.append(manager.address)
        await manager.wait()
        assert await manager.aclose() == 0
        with pytest.raises(StoppedError):
            manager.start("127.0.0.1:0")

    run(main)
    assert not accepts(addresses[0])


def test_waiting_ends_with_the_stop_and_takes_no_thread(run: Run, served: Manager) -> None:
    async def main() -> None:
        ended: list[int] = []

        async def wait(number: int) -> None:
            await served.wait()
            ended.append(number)

        # One for the loop's own helpers.
        await anyio.to_thread.run_sync(threads)
        before = threads()
        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(wait, number)
            await anyio.wait_all_tasks_blocked()
            # Events that are none of the waiter's business.
            served.add_route("/x")
            await anyio.sleep(0)
            # Those of earlier tests may end meanwhile.
            assert threads() <= before
            assert ended == []
            served.stop(0)
        assert sorted(ended) == list(range(50))

    run(main)


def test_a_task_that_waits_can_be_cancelled(run: Run, served: Manager) -> None:
    async def main() -> None:
        gc.collect()
        before = descriptors()
        for _ in range(3):
            async with anyio.create_task_group() as group:
                group.start_soon(served.wait)  # type: ignore[arg-type]
                await anyio.wait_all_tasks_blocked()
                assert descriptors() > before
                group.cancel_scope.cancel()
            assert descriptors() <= before
        with anyio.move_on_after(0.01):
            await served.wait()
        assert descriptors() <= before

    run(main)


def test_waiting_has_a_limit(run: Run, served: Manager) -> None:
    async def main() -> None:
        for timeout in (0, 0.02, "20ms"):
            with pytest.raises(TimedOutError):
                await served.wait(timeout)
        with pytest.raises(InvalidArgumentError):
            await served.wait(-1)
        with pytest.raises(NotStartedError):
            await Manager().wait()

    run(main)


def test_the_loop_goes_on_while_requests_finish(run: Run, served: Manager, backend: Backend) -> None:
    async def main() -> None:
        address = served.address
        served.add_route("/x", [backend.url])
        client = await anyio.to_thread.run_sync(hold, address, "/x/hold", backend)
        cut_off: list[int] = []

        async def stop() -> None:
            cut_off.append(await served.aclose("1m"))

        async with anyio.create_task_group() as group:
            group.start_soon(stop)
            await anyio.to_thread.run_sync(wait_until, lambda: not accepts(address))
            assert cut_off == []
            backend.release.set()
        assert cut_off == [0]
        await anyio.to_thread.run_sync(client.join)

    run(main)


def test_a_stop_that_is_cancelled_cuts_off(run: Run, served: Manager, backend: Backend) -> None:
    async def main() -> None:
        address = served.address
        served.add_route("/x", [backend.url])
        client = await anyio.to_thread.run_sync(hold, address, "/x/hold", backend)
        async with anyio.create_task_group() as group:
            group.start_soon(served.aclose, "1h")
            await anyio.to_thread.run_sync(wait_until, lambda: not accepts(address))
            group.cancel_scope.cancel()
        await served.wait()
        assert await served.aclose() == 1
        await anyio.to_thread.run_sync(client.join)

    run(main)


def test_events_are_heard(run: Run, manager: Manager) -> None:
    async def main() -> None:
        kinds = []
        async with manager:
            events = manager.events()
            manager.start("127.0.0.1:0")
            manager.add_route("/x")
        async for event in events:
            kinds.append(event.kind)
        assert kinds == ["started", "route_added", "stopped"]

    run(main)


def test_serving_is_awaited_as_well(run: Run, manager: Manager, tmp_path: Path) -> None:
    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(manager.serve, f"unix:{tmp_path}/proxy.sock")  # type: ignore[arg-type]
            await anyio.wait_all_tasks_blocked()
            assert manager.status().state == "running"
            await manager.aclose()

    run(main)


def test_without_a_loop_what_was_waited_for_can_be_awaited(served: Manager) -> None:
    served.stop(0)
    waited = served.wait()

    async def main() -> None:
        await waited

    asyncio.run(main())
