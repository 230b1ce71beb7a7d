"""What a run measures: everything, what matters, or only whether it still works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benches import page
from benches.goals import goals_table
from benches.growth import KINDS
from benches.measured import Measured
from benches.proxies import OTHER_HOSTS
from benches.report import Findings
from benches.scenarios import SCENARIOS
from benches.tables import hosts as hosts_table
from benches.training.shapes import SHAPES

WEB_SERVERS = ("proxykit", "nginx", "haproxy")
# The library in programs of each language, and what Go's standard library has instead of it.
HOSTS = ("proxykit", *(host.name for host in OTHER_HOSTS), "go")


def goals(_: Sequence[Measured], findings: Findings) -> str:
    """The figures, held against the goals."""
    return goals_table(findings.figures)


def hosts(measured: Sequence[Measured], findings: Findings) -> str:
    """The hosts, held against the one in C."""
    return hosts_table(measured, findings.figures)


@dataclass(frozen=True)
class Plan:
    """The scenarios with the peers of each; no names mean all that are there.

    `growth` are the kinds of it that are measured as well. `says` makes the last word of a run, if there is
    one. `pages` makes what it writes.
    """

    scenarios: dict[str, tuple[str, ...]]
    open_loops: tuple[str, ...]
    rounds: int
    seconds: int
    growth: tuple[str, ...] = ()
    says: Callable[[Sequence[Measured], Findings], str] | None = goals
    pages: page.Pages = page.pages


PLANS = {
    "full": Plan(
        {scenario.name: () for scenario in SCENARIOS},
        tuple(scenario.name for scenario in SCENARIOS if scenario.open_loop),
        rounds=5,
        seconds=2,
        growth=tuple(KINDS),
    ),
    "quick": Plan(
        {"small": (), "one": WEB_SERVERS, "many": WEB_SERVERS, "10k": WEB_SERVERS, "1m": WEB_SERVERS},
        ("small",),
        rounds=3,
        seconds=1,
    ),
    "hosts": Plan({"small": HOSTS, "10k": HOSTS}, (), rounds=5, seconds=2, says=hosts, pages=page.of_hosts),
    "smoke": Plan(
        {
            **{scenario.name: ("proxykit", "nginx") for scenario in SCENARIOS},
            **{shape.name: ("proxykit",) for shape in SHAPES},
        },
        ("small",),
        rounds=1,
        seconds=1,
        growth=("management", "start", "size"),
        says=None,
    ),
}
