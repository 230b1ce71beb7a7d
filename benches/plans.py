"""What a run measures: everything, what matters, or only whether it still works."""

from __future__ import annotations

from dataclasses import dataclass

from benches.growth import KINDS
from benches.scenarios import SCENARIOS

WEB_SERVERS = ("proxykit", "nginx", "haproxy")


@dataclass(frozen=True)
class Plan:
    """The scenarios with the peers of each; no names mean all that are there.

    `growth` are the kinds of it that are measured as well. `says_goals`: the figures are worth being held
    against the goals.
    """

    scenarios: dict[str, tuple[str, ...]]
    open_loops: tuple[str, ...]
    rounds: int
    seconds: int
    growth: tuple[str, ...] = ()
    says_goals: bool = True


PLANS = {
    "full": Plan(
        {scenario.name: () for scenario in SCENARIOS},
        tuple(scenario.name for scenario in SCENARIOS if scenario.open_loop),
        rounds=3,
        seconds=2,
        growth=tuple(KINDS),
    ),
    "quick": Plan(
        {"small": (), "one": WEB_SERVERS, "many": WEB_SERVERS, "10k": WEB_SERVERS, "1m": WEB_SERVERS},
        ("small",),
        rounds=3,
        seconds=1,
    ),
    "smoke": Plan(
        {scenario.name: ("proxykit", "nginx") for scenario in SCENARIOS},
        ("small",),
        rounds=1,
        seconds=1,
        growth=("management", "start", "size"),
        says_goals=False,
    ),
}
