"""What happens in a manager, as Python hears it; the native subscription does the work."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType

from . import _proxykit
from ._durations import Duration, seconds
from ._loops import readable
from ._values import Event
from .exceptions import StoppedError, TimedOutError


class Events:
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

    def __init__(self, native: _proxykit.Events) -> None:
        self._native = native
        self._is_awaited = False

    def next(self, timeout: Duration | None = None) -> Event:
        """Take the next event, and wait for it if there is none.

        Parameters
        ----------
        timeout : float, timedelta or str, optional
            The longest time to wait; 0 does not wait, and by default there is no limit.

        Raises
        ------
        TimedOutError
            `timeout` ran out first.
        StoppedError
            The last event was taken before, or the events were closed.
        ForkedError, InvalidArgumentError
        """
        return Event(*self._native.next(None if timeout is None else seconds(timeout, "timeout")))

    def fileno(self) -> int:
        """Give a descriptor for ``select`` and event loops: readable as long as `next` would return at once.

        Only look at it; what there is to read is taken out by `next`. The first call makes it; it closes
        with the events.

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

    def __iter__(self) -> Events:
        return self

    def __next__(self) -> Event:
        try:
            return self.next()
        except StoppedError:
            raise StopIteration from None

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        try:
            while True:
                with suppress(TimedOutError):
                    return self.next(0)
                await self._come()
        except StoppedError:
            raise StopAsyncIteration from None

    async def _come(self) -> None:
        """Wait in the event loop until there may be an event."""
        if self._is_awaited:
            raise RuntimeError("another task waits for these events")
        self._is_awaited = True
        try:
            await readable(self.fileno())
        finally:
            self._is_awaited = False

    def __enter__(self) -> Events:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
