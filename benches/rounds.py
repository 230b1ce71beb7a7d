"""Interleaved rounds: what disturbs the machine for a while disturbs all that are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

T = TypeVar("T")


def interleaved(names: Sequence[str], rounds: int, measure: Callable[[str], T]) -> dict[str, list[T]]:
    """Measure each once in every round; each round begins with another one."""
    found: dict[str, list[T]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in [*names[first:], *names[:first]]:
            found[name].append(measure(name))
    return found


def ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """How these stand to those: the median of the ratios of each round's pair."""
    return median(one / other for one, other in zip(these, those))
