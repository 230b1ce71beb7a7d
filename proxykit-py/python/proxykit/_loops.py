"""Waiting in an event loop, of asyncio (uvloop among it) or of trio, without a thread.

Neither is imported here: where one of them runs, the program has done it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from .exceptions import InvalidArgumentError, StoppedError, TimedOutError

if TYPE_CHECKING:
    from ._events import Events

_Result = TypeVar("_Result")

# Event loops do not take any time.
_LONGEST = 3600.0


class Done:
    """What has been waited for already, for whoever awaits it all the same."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


def runs_here() -> bool:
    """Whether this thread runs an event loop, so that it must not wait in any other way."""
    return _in_trio() or _in_asyncio()


async def stopped(events: Events, timeout: float | None) -> None:
    """Wait until a manager is stopped, by the events that it tells."""
    if timeout is not None and not 0 <= timeout < float("inf"):
        raise InvalidArgumentError(f"invalid timeout {timeout}s: it must be 0 or more, and finite")
    end = None if timeout is None else monotonic() + timeout
    while True:
        try:
            if events.next(0).kind == "stopped":
                return
        except StoppedError:
            return
        except TimedOutError:
            left = _LONGEST if end is None else end - monotonic()
            if left <= 0:
                raise
            await readable(events.fileno(), min(left, _LONGEST))


async def readable(descriptor: int, timeout: float | None = None) -> None:
    """Wait until there is something to be read, or `timeout` runs out."""
    if _in_trio():
        import trio

        with trio.move_on_after(float("inf") if timeout is None else timeout):
            await trio.lowlevel.wait_readable(descriptor)
        return
    from asyncio import get_running_loop

    loop = get_running_loop()
    come = loop.create_future()

    def wake() -> None:
        if not come.done():
            come.set_result(None)

    timer = None if timeout is None else loop.call_later(timeout, wake)
    loop.add_reader(descriptor, wake)
    try:
        await come
    finally:
        loop.remove_reader(descriptor)
        if timer is not None:
            timer.cancel()


async def in_thread(function: Callable[[], _Result]) -> _Result:
    """Call what takes a moment on a thread of the loop's."""
    if _in_trio():
        import trio

        return await trio.to_thread.run_sync(function)
    from asyncio import get_running_loop

    return await get_running_loop().run_in_executor(None, function)


def _in_asyncio() -> bool:
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_trio() -> bool:
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_task())
