"""Options by their names, as the core reads them: each value as a text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Union

from . import _proxykit

OptionValue = Union[
    str, bool, int, float, timedelta, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]], None
]
"""What an option may be given: a text as in ``docs/options.md``, or what Python has for it. A number that
stands for a time is in seconds."""

MANAGER_OPTIONS, ROUTE_OPTIONS, HANDLER_OPTIONS = (dict(kinds) for kinds in _proxykit.option_kinds())


def settings(options: Mapping[str, OptionValue], kinds: Mapping[str, str]) -> list[tuple[str, str]]:
    """Write each option that is not None as a text. What a name or a text may be, the core says."""
    return [(name, _text(value, kinds.get(name))) for name, value in options.items() if value is not None]


def _text(value: OptionValue, kind: str | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, (int, float)):
        return f"{value:.9f}s" if kind == "time" else str(value)
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    return ",".join(os.fspath(part) for part in value or ())
