"""CPU time per request as a picture: a panel for each scenario, a bar for each proxy, user time darker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from benches.comparison import middle
from benches.measured import Measured
from benches.proxies import PEERS

COLUMNS, WIDTH, MARGIN, GAP = 3, 300, 20, 18
TITLE, BAR, LABEL, VALUE = 26, 17, 104, 52
OURS, THEIRS = ("#0b4f9c", "#5b9be0"), ("#6f7780", "#b9c0c7")
FONT = 'font-family="system-ui, sans-serif"'


def text(
    x: float, y: float, content: str, *, size: int = 11, anchor: str = "start", bold: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place} {FONT} fill="#1c2126"{weight}>{escape(content)}</text>'


def bar(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR - 5}" fill="{colour}"/>'


def panel(x: float, y: float, measured: Measured) -> list[str]:
    """The bars of a scenario, the longest of them as wide as the panel."""
    parts = [text(x, y + 13, measured.scenario.title, size=12, bold=True)]
    costs = {name: (middle(each, "user"), middle(each, "system")) for name, each in measured.samples.items()}
    scale = (WIDTH - LABEL - VALUE) / max(user + system for user, system in costs.values())
    for number, (name, (user, system)) in enumerate(costs.items()):
        dark, light = OURS if name.startswith("proxykit") else THEIRS
        top = y + TITLE + number * BAR
        parts += [
            text(x, top + 10, PEERS[name].title),
            bar(x + LABEL, top, user * scale, dark),
            bar(x + LABEL + user * scale, top, system * scale, light),
            text(x + LABEL + (user + system) * scale + 5, top + 10, f"{user + system:,.1f}"),
        ]
    return parts


def picture(found: Sequence[Measured], heading: str, notes: Mapping[str, str]) -> str:
    """The whole picture."""
    bars = max(len(one.samples) for one in found)
    height = TITLE + bars * BAR + GAP
    rows = -(-len(found) // COLUMNS)
    width = 2 * MARGIN + COLUMNS * WIDTH + (COLUMNS - 1) * GAP
    total = MARGIN + 44 + rows * height + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total}" width="{width}">',
        f'<rect width="{width}" height="{total}" rx="8" fill="#ffffff"/>',
        text(MARGIN, MARGIN + 14, heading, size=16, bold=True),
        text(MARGIN, MARGIN + 32, "; ".join(notes.values())),
    ]
    for number, measured in enumerate(found):
        line, column = divmod(number, COLUMNS)
        x, y = MARGIN + column * (WIDTH + GAP), MARGIN + 44 + line * height + 6
        parts += panel(x, y, measured)
    return "\n".join([*parts, "</svg>\n"])
