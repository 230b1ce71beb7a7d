"""What a case is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from conformance.stage import Stage

Verdict = Literal["pass", "fail", "n/a"]


class Failed(Exception):
    """What was seen is not what the rule wants."""


class NotApplicable(Exception):
    """The proxy does not have this, or a tool is missing."""


@dataclass(frozen=True)
class Result:
    verdict: Verdict
    seen: str


@dataclass(frozen=True)
class Case:
    """`run` says in a few words what it saw, or raises one of the two above."""

    name: str
    rule: str
    run: Callable[[Stage], str]


@dataclass(frozen=True)
class Suite:
    """A test suite of others: one run gives the results of many cases, by their names."""

    name: str
    rule: str
    run: Callable[[Stage], dict[str, Result]]


@dataclass(frozen=True)
class Family:
    name: str
    about: str
    cases: list[Case | Suite]


def check(condition: object, message: str) -> None:
    """Fail with this message unless the condition holds."""
    if not condition:
        raise Failed(message)


def show(data: bytes, most: int = 160) -> str:
    """Bytes as a table can show them."""
    text = repr(data)[2:-1]
    return text if len(text) <= most else text[:most] + "…"
