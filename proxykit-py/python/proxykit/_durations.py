"""Times, in each of the three ways in which they are given."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Union

from ._proxykit import parse_duration
from .exceptions import InvalidArgumentError, InvalidOptionError

Duration = Union[float, str, timedelta]
"""A time: a number of seconds, a ``timedelta``, or a text such as ``"5s"``, ``"200ms"``, ``"1m30s"``."""


def seconds(value: Duration, name: str) -> float:
    """The seconds of an argument; what is negative or endless the core refuses."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except InvalidOptionError as error:
            raise InvalidArgumentError(f"invalid {name}: {error}") from None
    if not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, a timedelta or a str, not {value!r}")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def written(value: float) -> str:
    """A number of seconds as the core reads it; what is none, so that the core's refusal shows it."""
    if isinstance(value, int) or not math.isfinite(value):
        return f"{value}s"
    return f"{value:.9f}".rstrip("0").rstrip(".") + "s"
