"""The line protocol of scenario hosts: fields separated by tabs, with escapes for what cannot stand bare."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.?))", re.DOTALL)
MEANINGS = {b"t": b"\t", b"n": b"\n", b"\\": b"\\"}
WRITTEN = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\x0d", "\\": "\\\\"})


class UnknownCommandError(Exception):
    """The command cannot be read."""


def join(values: Iterable[object]) -> str:
    """One line of these values; booleans are written as in the other languages."""
    texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in values)
    return "\t".join(text.translate(WRITTEN) for text in texts)


def split(line: str) -> list[str]:
    return [unescape(field) for field in line.split("\t")]


def unescape(field: str) -> str:
    def meaning(match: re.Match[bytes]) -> bytes:
        digits, letter = match.groups()
        return bytes.fromhex(digits.decode()) if digits else MEANINGS[letter]

    return read(field, lambda text: ESCAPE.sub(meaning, text.encode()).decode())


def read(text: str, reader: Callable[[str], T]) -> T:
    try:
        return reader(text)
    except (LookupError, ValueError) as error:
        raise UnknownCommandError(f"{text!r} cannot be read") from error
