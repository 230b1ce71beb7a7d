"""Measures Proxy Kit beside other proxies; `make bench` and `make bench-quick` call it."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence

from benches import growth, page, tables
from benches.machine import describe
from benches.measured import Measured, measure
from benches.plans import PLANS, Plan
from benches.report import Findings
from benches.scenarios import SCENARIOS
from benches.stage import Stage, stage, taking_part
from benches.training.shapes import SHAPES

# The figures of the last run, to be compared with those of another one.
FIGURES = page.ROOT / "build/benches/figures.json"


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    parser.add_argument("plan", nargs="?", choices=PLANS, default="full")
    parser.add_argument("--rounds", type=int, help="how often each load is repeated")
    parser.add_argument("--seconds", type=int, help="how long each load lasts")
    parser.add_argument("--workers", type=int, default=1, help="worker threads of each proxy (%(default)s)")
    parser.add_argument("--proxies", type=words, default=(), help="only these, with commas between them")
    parser.add_argument("--scenarios", type=words, default=(), help="only these, with commas between them")
    parser.add_argument("--write", action="store_true", help="write the results and the README's summary")
    return parser.parse_args()


def announce(text: str) -> None:
    """Say to who waits what is going on."""
    print(text, file=sys.stderr, flush=True)


def words(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(word for word in text.split(",") if word)


def side_by_side(
    means: Stage, plan: Plan, only: Sequence[str], proxies: Sequence[str]
) -> tuple[list[Measured], Findings]:
    """All scenarios of the plan, or only these."""
    measured, findings = [], Findings()
    for scenario in (*SCENARIOS, *SHAPES):
        if scenario.name not in plan.scenarios or (only and scenario.name not in only):
            continue
        more = () if proxies else scenario.more
        peers = taking_part(proxies or plan.scenarios[scenario.name], more)
        announce(f"{scenario.title}: {', '.join(peer.title for peer in peers)}")
        measured.append(measure(means, scenario, peers, with_latency=scenario.name in plan.open_loops))
        part = tables.findings(measured[-1])
        announce("\n".join(part.sections))
        findings.add(part)
    return measured, findings


def main() -> None:
    """Measure, and say what was found."""
    chosen = arguments()
    # Who ends it, ends the programs that it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan, machine, begun = PLANS[chosen.plan], describe(), time.monotonic()
    rounds, seconds = chosen.rounds or plan.rounds, chosen.seconds or plan.seconds
    with stage(chosen.workers, rounds, seconds) as means:
        measured, findings = side_by_side(means, plan, chosen.scenarios, chosen.proxies)
        # Who asks for some scenarios wants these alone.
        for kind in () if chosen.scenarios else plan.growth:
            announce(f"growth: {kind}")
            part = growth.measure(means, [kind])
            announce("\n".join(part.sections))
            findings.add(part)
    how = (
        f"Each load {rounds} times for {seconds} s; workers of each proxy, each on a core of its own: "
        f"{chosen.workers}; what others took of these cores: {tables.disturbance(measured):.0%} of the "
        f"proxy's time at most."
    )
    FIGURES.write_text(json.dumps(findings.figures, indent=1))
    if plan.says:
        print(plan.says(measured, findings))
    print(f"{how} Measured in {time.monotonic() - begun:.0f} s.")
    # Made in any case, so that a short run tells whether it works.
    for path, text in plan.pages(machine, how, measured, findings).items():
        if chosen.write:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)


main()
