"""The pages that a run leaves behind: its results with their picture, and their summary in the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from benches.goals import goals_table
from benches.measured import Measured
from benches.plot import picture
from benches.proxies import PEERS
from benches.report import Findings, section, table
from benches.tables import hosts, summary

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benches/results"
README = ROOT / "README.md"
GO = ROOT / "docs/go.md"
MORE = """\
![CPU time per request](benches/results/cpu.svg)

[All results](benches/results/README.md)
"""
END = "<!-- benchmark: end -->"


class Pages(Protocol):
    """Says what all pages of a run are to hold."""

    def __call__(
        self, machine: Mapping[str, str], how: str, measured: Sequence[Measured], findings: Findings
    ) -> dict[Path, str]: ...


def results(machine: Mapping[str, str], how: str, measured: Sequence[Measured], findings: Findings) -> str:
    """The page of results."""
    versions = [[PEERS[name].title, PEERS[name].version()] for name in measured[0].samples]
    return "\n".join(
        [
            "# Results\n",
            "Written by `make bench`. [How it is measured, and what the figures mean](../README.md).\n",
            table(["machine", ""], [[name, value] for name, value in machine.items()]),
            table(["proxy", "version"], versions),
            f"{how}\n",
            section("Goals", goals_table(findings.figures)),
            "![CPU time per request](cpu.svg)\n",
            *findings.sections,
        ]
    )


def between_markers(page: Path, command: str, content: str) -> str:
    """The page with this content between its markers, the first of which names the command that writes it."""
    marker = f"<!-- benchmark: written by `{command}` -->"
    before, begin, rest = page.read_text().partition(marker)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"proxykit: {page} lacks the lines {marker} and {END}")
    return f"{before}{begin}\n{content}{end}{after}"


def of_hosts(
    machine: Mapping[str, str], how: str, measured: Sequence[Measured], findings: Findings
) -> dict[Path, str]:
    """Programs of each language; on the page of the one whose own proxy is among them."""
    where = ", ".join(machine.values())
    content = f"{hosts(measured, findings.figures)}\n{where}. {how}\n"
    return {GO: between_markers(GO, "make bench-hosts", content)}


def pages(
    machine: Mapping[str, str], how: str, measured: Sequence[Measured], findings: Findings
) -> dict[Path, str]:
    """What all pages are to hold."""
    heading = "CPU µs per request: user time dark, system time light"
    return {
        RESULTS / "README.md": results(machine, how, measured, findings),
        RESULTS / "cpu.svg": picture(measured, heading, machine),
        README: between_markers(README, "make bench", f"{summary(measured)}\n{MORE}"),
    }
