"""What was found, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Findings:
    """What a part of the benchmark has found: sections of Markdown with their headings, and figures by name.

    The goals are held against the figures.
    """

    sections: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def add(self, other: Findings) -> None:
        """Take in what another part has found."""
        self.sections += other.sections
        self.figures.update(other.figures)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns but the first are aligned to the right."""
    rule = ["---"] + ["---:"] * (len(head) - 1)
    lines = [head, rule, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def section(title: str, *parts: str) -> str:
    """A section of a page."""
    return "\n\n".join([f"## {title}", *(part.strip() for part in parts)]) + "\n"
