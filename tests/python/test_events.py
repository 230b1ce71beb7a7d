"""Events: in a loop, in a thread, and in an event loop."""

from __future__ import annotations

import asyncio
import select
from pathlib import Path
from threading import Thread

import pytest

from proxykit import Event, Events, HealthCheck, InvalidArgumentError, Manager, StoppedError, TimedOutError
from support import DEADLINE, wait_until


def test_a_loop_hears_all_to_the_end(manager: Manager) -> None:
    events = manager.events()
    manager.add_route("/x", ["http://a"], health_check=None)
    manager.remove_backends("/x", ["http://a"])
    manager.start("127.0.0.1:0")
    address = manager.address
    manager.stop()
    assert list(events) == [
        Event("route_added", "/x/"),
        Event("backend_added", "/x/", "http://a"),
        Event("backend_removed", "/x/", "http://a"),
        Event("started", address=address),
        Event("stopped", count=0),
    ]
    assert list(events) == []
    assert list(manager.events()) == []


def test_health_is_told_with_its_reason(served: Manager) -> None:
    events = served.events()
    target = "http://127.0.0.1:1"
    served.add_route("/x", [target], health_check=HealthCheck(interval=0.02))
    assert [events.next(DEADLINE).kind for _ in range(2)] == ["route_added", "backend_added"]
    event = events.next(DEADLINE)
    assert (event.kind, event.prefix, event.target) == ("backend_unhealthy", "/x/", target)
    assert event.message


def test_waiting_has_a_limit(manager: Manager) -> None:
    events = manager.events()
    for timeout in (0, 0.15):
        with pytest.raises(TimedOutError):
            events.next(timeout)
    with pytest.raises(InvalidArgumentError):
        events.next(-1)


def test_another_thread_ends_the_waiting(manager: Manager) -> None:
    events = manager.events()
    heard: list[Event] = []
    thread = Thread(target=lambda: heard.extend(events))
    thread.start()
    manager.add_route("/x")
    wait_until(lambda: len(heard) == 1)
    events.close()
    thread.join(DEADLINE)
    assert not thread.is_alive()
    with pytest.raises(StoppedError):
        events.next(0)
    with pytest.raises(StoppedError):
        events.fileno()


def test_a_block_closes_its_events_and_their_descriptor(manager: Manager) -> None:
    def open_descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_descriptors()
    with manager.events() as events:
        assert select.select([events], [], [], 0)[0] == []
        manager.add_route("/x")
        assert select.select([events], [], [], DEADLINE)[0] == [events]
        assert open_descriptors() > before
    assert open_descriptors() == before


def test_lost_events_are_counted(manager: Manager) -> None:
    events = manager.events()
    for _ in range(600):
        manager.add_route("/x")
        manager.remove_route("/x")
    manager.stop()
    heard = list(events)
    assert len(heard) == 1024 + 2
    assert heard[-2:] == [Event("events_lost", count=1200 - 1024), Event("stopped", count=0)]


async def collect(events: Events, heard: list[str]) -> None:
    async for event in events:
        heard.append(event.kind)


def test_a_task_hears_all_to_the_end(manager: Manager) -> None:
    async def main() -> list[str]:
        heard: list[str] = []
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(collect(manager.events(), heard))
        await loop.run_in_executor(None, manager.start, "127.0.0.1:0")
        await loop.run_in_executor(None, manager.add_route, "/x")
        await loop.run_in_executor(None, manager.stop)
        await asyncio.wait_for(task, DEADLINE)
        return heard

    assert asyncio.run(main()) == ["started", "route_added", "stopped"]


def test_a_task_that_waits_can_be_cancelled(manager: Manager) -> None:
    async def main() -> None:
        events = manager.events()
        heard: list[str] = []
        task = asyncio.ensure_future(collect(events, heard))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task"):
            await events.__anext__()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        manager.add_route("/x")
        assert (await events.__anext__()).kind == "route_added"
        assert heard == []

    asyncio.run(main())
