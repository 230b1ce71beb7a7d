"""A manager's events in a logger of the standard library's.

Imported only by programs that ask for it. The queue between the manager and the logger is that of the events:
no request and no change ever waits for a logger.
"""

from __future__ import annotations

import atexit
import logging
from threading import Thread, current_thread
from weakref import WeakSet

from ._end import stop_managers
from ._events import Events
from ._values import Event

_LEVELS = {
    "backend_unhealthy": logging.WARNING,
    "certificates_refused": logging.WARNING,
    "events_lost": logging.WARNING,
}
# What a logger gets at the end of the interpreter to take what waits for it, in seconds.
_LAST_WORDS = 5.0

_live: WeakSet[Log] = WeakSet()

# A program that sets up no logging is told nothing; without this, warnings would go to its standard error.
logging.getLogger("proxykit").addHandler(logging.NullHandler())


class Log:
    """Writes events to a logger, on a thread of its own, until the last one."""

    def __init__(self, events: Events, logger: logging.Logger | str) -> None:
        self._events = events
        self._logger = logging.getLogger(logger) if isinstance(logger, str) else logger
        self._thread = Thread(target=self._run, name="proxykit-log", daemon=True)
        self._thread.start()
        _live.add(self)

    def close(self) -> None:
        """Write nothing more."""
        self._events.close()
        self.join()

    def join(self) -> None:
        """Wait until all is written."""
        # A handler of logging may be what calls.
        if current_thread() is not self._thread:
            self._thread.join(_LAST_WORDS)

    def _run(self) -> None:
        for event in self._events:
            level = _LEVELS.get(event.kind, logging.INFO)
            if event.kind == "stopped" and event.count:
                level = logging.WARNING
            self._logger.log(level, "%s", _text(event), extra={"event": event})


def _text(event: Event) -> str:
    about = [text for text in (event.prefix, event.target, event.address, event.message) if text]
    if event.count is not None:
        about.append({"stopped": f"{event.count} cut off"}.get(event.kind, str(event.count)))
    return ": ".join([event.kind.replace("_", " "), *about])


# Logging was imported before, so that its own end, which closes its handlers, comes behind this one.
@atexit.register
def _end() -> None:
    stop_managers()
    for log in list(_live):
        log.join()
