"""Refuses sub-interpreters, before the native part is loaded.

That would remember the first interpreter that loads it, and refuse the main one afterwards.
"""

from __future__ import annotations

import _thread
from importlib import import_module


def is_main() -> bool:
    """Whether this is the main interpreter of the process."""
    # From CPython 3.13 on.
    ask = getattr(_thread, "_is_main_interpreter", None)
    if ask is not None:
        return bool(ask())
    try:
        interpreters = import_module("_xxsubinterpreters")
    except ImportError:
        # What cannot make one is none.
        return True
    return bool(interpreters.get_current() == interpreters.get_main())


if not is_main():
    raise ImportError(
        "proxykit does not load in sub-interpreters: use the main interpreter, or a process of its own"
    )
