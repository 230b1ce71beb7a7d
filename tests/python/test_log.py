"""The log: in a loop, and in an event loop."""

from __future__ import annotations

import asyncio
from typing import get_args

import pytest

from proxykit import Event, InvalidArgumentError, LogLevel, LogRecord, Manager, TimedOutError
from support import DEADLINE, request


def test_a_loop_hears_all_to_the_end(manager: Manager) -> None:
    log = manager.log()
    manager.add_route("/x")
    manager.start("127.0.0.1:0")
    address = manager.address
    manager.stop()
    assert list(log) == [
        LogRecord("info", "routes", "route added: /x/", Event("route_added", "/x/")),
        LogRecord("info", "lifecycle", f"started: {address}", Event("started", address=address)),
        LogRecord("info", "lifecycle", "stopped: 0 cut off", Event("stopped", count=0)),
    ]
    assert list(log) == []


def test_a_level_is_what_is_wanted_at_most(served: Manager) -> None:
    served.add_route("/x")
    with served.log("debug") as all_of_it, served.log("warn") as warnings:
        assert request(served.address, "/x/").status == 503
        record = all_of_it.next(DEADLINE)
        assert (record.level, record.category, record.event) == ("debug", "requests", None)
        with pytest.raises(TimedOutError):
            warnings.next(0)


@pytest.mark.parametrize("level", get_args(LogLevel))
def test_each_level_is_known(manager: Manager, level: LogLevel) -> None:
    manager.log(level).close()


@pytest.mark.parametrize("level", ["loud", "INFO", ""])
def test_a_level_has_a_name(manager: Manager, level: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f'level="{level}"'):
        manager.log(level)  # type: ignore[arg-type]


def test_a_task_hears_all_to_the_end(manager: Manager) -> None:
    async def main() -> list[str]:
        heard: list[str] = []

        async def collect() -> None:
            async for record in manager.log():
                heard.append(record.message)

        task = asyncio.ensure_future(collect())
        await asyncio.sleep(0)
        manager.add_route("/x")
        await asyncio.get_running_loop().run_in_executor(None, manager.stop)
        await asyncio.wait_for(task, DEADLINE)
        return heard

    assert asyncio.run(main()) == ["route added: /x/", "stopped: 0 cut off"]
