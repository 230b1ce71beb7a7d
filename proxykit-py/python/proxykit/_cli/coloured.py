"""The table of routes and backends for a terminal. The only module that needs rich."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from .status import COLUMNS, NUMBERS

_STYLES = {"healthy": "green", "unhealthy": "bold red"}


def coloured(lines: Sequence[Sequence[str]]) -> Table:
    """Give the table; what is unhealthy is seen at once."""
    table = Table(title="Proxy Kit", caption="Ctrl-C ends it", header_style="bold")
    for number, column in enumerate(COLUMNS):
        table.add_column(column, justify="right" if number >= NUMBERS else "left")
    for line in lines:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in line))
    return table
