"""Which header fields a proxy passes on, and what it adds. All peers here do the same."""

from __future__ import annotations

from collections.abc import Iterable

# Those of one hop (RFC 9110, section 7.6.1), and those that the client or the server frames its messages by.
OF_A_HOP = ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
HOP = frozenset((*OF_A_HOP, "content-length", "host"))
ANSWER_HOP = HOP - {"content-length"}


def forwarded(fields: Iterable[tuple[str, str]], client: str, host: str) -> list[tuple[str, str]]:
    """The fields of a request as they go to the backend."""
    kept = [(name, value) for name, value in fields if name.lower() not in HOP]
    return [
        *kept,
        ("Host", host),
        ("X-Forwarded-For", client),
        ("X-Forwarded-Host", host),
        ("X-Forwarded-Proto", "http"),
    ]


def answered(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields of an answer as they go to the client."""
    return [(name, value) for name, value in fields if name.lower() not in ANSWER_HOP]
