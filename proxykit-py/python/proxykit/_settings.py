"""Options by their names, as the core reads them: each value as a text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta

from . import _proxykit
from ._durations import written
from ._values import HealthCheck
from .exceptions import InvalidOptionError

MANAGER_OPTIONS, ROUTE_OPTIONS, HANDLER_OPTIONS = (dict(kinds) for kinds in _proxykit.option_kinds())


def settings(kinds: Mapping[str, str], options: Mapping[str, object]) -> list[tuple[str, str]]:
    """Write each option that is not None as a text. What a name or a text may be, the core says."""
    return [
        (name, _text(name, kinds.get(name), value)) for name, value in options.items() if value is not None
    ]


def check_settings(check: HealthCheck | None) -> list[tuple[str, str]]:
    """Write a health check. False, or a time, would be an easy mistake, and is refused."""
    if check is None:
        return [("health_check", "false")]
    if not isinstance(check, HealthCheck):
        raise TypeError(f"health_check must be a HealthCheck or None, not {type(check).__name__}")
    fields = {f"health_{name}": getattr(check, name) for name in HealthCheck.__dataclass_fields__}
    return settings(ROUTE_OPTIONS, fields)


def texts(texts: Iterable[str]) -> list[str]:
    """The texts as a list. One alone is a mistake, and would be taken letter by letter."""
    if isinstance(texts, str):
        raise TypeError("expected an iterable of strings, not a string")
    return list(texts)


def _text(name: str, kind: str | None, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, (int, float)):
        try:
            return written(value) if kind == "time" else str(value)
        except ValueError:
            # Python writes no number of more than 4,300 digits.
            raise InvalidOptionError(f"invalid {name}: it is out of range") from None
    if isinstance(value, str):
        # Of an enumeration it is the value.
        return str.__str__(value)
    if isinstance(value, os.PathLike):
        return _path(name, value)
    if not isinstance(value, Iterable):
        raise TypeError(f"{name} cannot be a {type(value).__name__}")
    return ",".join(part if isinstance(part, str) else _path(name, part) for part in value)


def _path(name: str, value: object) -> str:
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(path, str):
        raise TypeError(f"{name} cannot be a {type(value).__name__}")
    return path
