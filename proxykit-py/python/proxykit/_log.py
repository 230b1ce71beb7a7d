"""A manager's log in a logger of the standard library's.

Imported only by programs that ask for it. The queue between the manager and the logger is that of the log:
no request and no change ever waits for a logger.
"""

from __future__ import annotations

import atexit
import logging
from threading import Thread, current_thread
from weakref import WeakSet

from ._end import stop_managers
from ._events import Log
from ._values import LogLevel

_LEVELS: dict[LogLevel, int] = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}
# What a logger gets at the end of the interpreter to take what waits for it, in seconds.
_LAST_WORDS = 5.0

_live: WeakSet[Writer] = WeakSet()

# A program that sets up no logging is told nothing; without this, warnings would go to its standard error.
logging.getLogger("proxykit").addHandler(logging.NullHandler())


def named(logger: logging.Logger | str) -> logging.Logger:
    """The logger of this name, or this one."""
    return logging.getLogger(logger) if isinstance(logger, str) else logger


def level_for(logger: logging.Logger) -> LogLevel:
    """The last level that it takes now."""
    taken: LogLevel = "error"
    for level, number in _LEVELS.items():
        if logger.isEnabledFor(number):
            taken = level
    return taken


class Writer:
    """Writes a log to a logger, on a thread of its own, until the last record."""

    def __init__(self, log: Log, logger: logging.Logger) -> None:
        self._log = log
        self._logger = logger
        self._thread = Thread(target=self._run, name="proxykit-log", daemon=True)
        self._thread.start()
        _live.add(self)

    def close(self) -> None:
        """Write nothing more."""
        self._log.close()
        self.join()

    def join(self) -> None:
        """Wait until all is written."""
        # A handler of logging may be what calls.
        if current_thread() is not self._thread:
            self._thread.join(_LAST_WORDS)

    def _run(self) -> None:
        for record in self._log:
            extra = {"event": record.event, "category": record.category}
            self._logger.log(_LEVELS[record.level], "%s", record.message, extra=extra)


# Logging was imported before, so that its own end, which closes its handlers, comes behind this one.
@atexit.register
def _end() -> None:
    stop_managers()
    for writer in list(_live):
        writer.join()
