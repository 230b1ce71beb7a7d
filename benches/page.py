"""The pages that a run leaves behind: its results with their picture, and their summary in the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benches.comparison import Samples, middle
from benches.goals import goals_table
from benches.plot import picture
from benches.proxies import PEERS, Peer
from benches.report import Findings, section, table
from benches.scenarios import Scenario

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benches/results"
README = ROOT / "README.md"
MARKERS = ("<!-- benchmark: written by `make bench` -->", "<!-- benchmark: end -->")

# The samples of each scenario.
Found = Sequence["tuple[Scenario, Samples]"]


def results(machine: Mapping[str, str], peers: Sequence[Peer], how: str, findings: Findings) -> str:
    """The page of results."""
    versions = [[peer.title, peer.version()] for peer in peers]
    return "\n".join(
        [
            "# Results\n",
            "Written by `make bench`. [How it is measured](../README.md).\n",
            table(["machine", ""], [[name, value] for name, value in machine.items()]),
            table(["proxy", "version"], versions),
            f"{how}\n",
            section("Goals", goals_table(findings.figures)),
            "![CPU time per request](cpu.svg)\n",
            *findings.sections,
        ]
    )


def summary(found: Found) -> str:
    """CPU time of each proxy in each scenario, for the README."""
    names = list(found[0][1])
    rows = []
    for scenario, samples in found:
        costs = [f"{middle(samples[name], 'cpu'):,.1f}" if name in samples else "–" for name in names]
        rows.append([scenario.title, *costs])
    head = [f"CPU µs per {found[0][0].unit}", *(PEERS[name].title for name in names)]
    return table(head, rows)


def between_markers(page: str, content: str) -> str:
    """The page with this content between its markers."""
    before, begin, rest = page.partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    if not begin or not end:
        raise SystemExit(f"proxykit: {README} lacks the lines {' and '.join(MARKERS)}")
    return f"{before}{begin}\n{content}{end}{after}"


def write(
    machine: Mapping[str, str], peers: Sequence[Peer], how: str, found: Found, findings: Findings
) -> None:
    """Write all pages."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "README.md").write_text(results(machine, peers, how, findings))
    heading = "CPU µs per request: user time dark, system time light"
    (RESULTS / "cpu.svg").write_text(picture(found, heading, machine))
    README.write_text(between_markers(README.read_text(), summary(found)))
