"""The end of the interpreter, and of what runs in it then."""

from __future__ import annotations

import atexit
import os
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakSet

from . import _proxykit
from .exceptions import ForkedError

if TYPE_CHECKING:
    from ._manager import Manager

# All that there are. Their threads must not outlive Python: a process may end its interpreter and go on.
live: WeakSet[Manager] = WeakSet()


def stop_managers() -> None:
    """Stop them all, at once."""
    for manager in list(live):
        # In a forked child there is nothing to stop.
        with suppress(ForkedError):
            manager.stop(0)


@atexit.register
def _end() -> None:
    stop_managers()
    # Handlers that a stop has left behind: like a thread of Python's own, the interpreter waits for them.
    _proxykit.end_calls()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_proxykit.forget_calls)
