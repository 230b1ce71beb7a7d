"""Arguments that are an easy mistake, refused."""

from __future__ import annotations

from collections.abc import Iterable

from ._values import HealthCheck


def check_health(value: HealthCheck | None) -> HealthCheck | None:
    """Refuse what is not a health check: False, or a time, would be an easy mistake."""
    if not isinstance(value, (HealthCheck, type(None))):
        raise TypeError(f"health_check must be a HealthCheck or None, not {type(value).__name__}")
    return value


def texts(texts: Iterable[str]) -> list[str]:
    """The texts as a list. One alone is a mistake, and would be taken letter by letter."""
    if isinstance(texts, str):
        raise TypeError("expected an iterable of strings, not a string")
    return list(texts)
