"""What happens in a manager, as Python hears it; the native subscriptions do the work."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Any, Generic, TypeVar

from . import _proxykit
from ._durations import Duration, seconds
from ._loops import readable
from ._values import Event, LogRecord
from .exceptions import StoppedError, TimedOutError

_Native = TypeVar("_Native", bound="_proxykit.Events | _proxykit.Log")
_Value = TypeVar("_Value")
_Self = TypeVar("_Self", bound="_Subscription[Any, Any]")


class _Subscription(Generic[_Native, _Value]):
    """What all subscriptions have. Each says by `_take` what comes next."""

    def __init__(self, native: _Native) -> None:
        self._native: _Native = native
        self._is_awaited = False

    def _take(self, timeout: float | None) -> _Value:
        raise NotImplementedError

    def next(self, timeout: Duration | None = None) -> _Value:
        """Take what comes next, and wait for it if there is nothing.

        Parameters
        ----------
        timeout : float, timedelta or str, optional
            The longest time to wait; 0 does not wait, and by default there is no limit.

        Raises
        ------
        TimedOutError
            `timeout` ran out first.
        StoppedError
            The last one was taken before, or the subscription was closed.
        ForkedError, InvalidArgumentError
        """
        return self._take(None if timeout is None else seconds(timeout, "timeout"))

    def fileno(self) -> int:
        """Give a descriptor for ``select`` and event loops: readable as long as `next` would return at once.

        Only look at it; what there is to read is taken out by `next`. The first call makes it; it closes
        with the subscription.

        Raises
        ------
        StartFailedError, StoppedError, ForkedError
        """
        return self._native.fileno()

    def close(self) -> None:
        """End the subscription. A `next` that waits in another thread raises StoppedError.

        A task that waits is to be cancelled first: its event loop would look at a descriptor that is closed.
        """
        self._native.close()

    def __iter__(self: _Self) -> _Self:
        return self

    def __next__(self) -> _Value:
        try:
            return self.next()
        except StoppedError:
            raise StopIteration from None

    def __aiter__(self: _Self) -> _Self:
        return self

    async def __anext__(self) -> _Value:
        try:
            while True:
                with suppress(TimedOutError):
                    return self.next(0)
                await self._come()
        except StoppedError:
            raise StopAsyncIteration from None

    async def _come(self) -> None:
        """Wait in the event loop until there may be something."""
        if self._is_awaited:
            raise RuntimeError("another task waits for what comes next")
        self._is_awaited = True
        try:
            await readable(self.fileno())
        finally:
            self._is_awaited = False

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Events(_Subscription[_proxykit.Events, Event]):
    """What happens in a manager, from `Manager.events` on, in the order of what has happened.

    A ``for`` loop waits for each event, and ends behind the last one, ``"stopped"``; other threads run
    meanwhile, and Ctrl-C raises KeyboardInterrupt. ``async for`` does the same in an event loop (asyncio,
    uvloop, trio), without a thread: only one task may wait at a time. As a context manager it is closed at
    the end of the block.

    Up to 1,024 events wait to be taken. What comes when so many wait is lost, and ``"events_lost"`` stands in
    its place. It may be used from any thread, by several at once: each event goes to one of them.

    Examples
    --------
    >>> from proxykit import Manager
    >>> manager = Manager()
    >>> events = manager.events()
    >>> manager.add_route("/proxy/", ["http://localhost:8081"])
    >>> manager.stop()
    0
    >>> [event.kind for event in events]
    ['route_added', 'backend_added', 'stopped']
    """

    def _take(self, timeout: float | None) -> Event:
        return Event(*self._native.next(timeout))


class Log(_Subscription[_proxykit.Log, LogRecord]):
    """The records of a manager's log, from `Manager.log` on; all else is as with `Events`.

    Up to 1,024 records wait to be taken. What comes when so many wait is lost, and a record of the category
    ``"log"`` stands in its place.

    Examples
    --------
    >>> from proxykit import Manager
    >>> manager = Manager()
    >>> log = manager.log("info")
    >>> manager.add_route("/proxy/")
    >>> log.next().message
    'route added: /proxy/'
    """

    def _take(self, timeout: float | None) -> LogRecord:
        level, category, message, event = self._native.next(timeout)
        return LogRecord(level, category, message, None if event is None else Event(*event))
