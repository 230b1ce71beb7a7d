"""Measures Proxy Kit beside other proxies; `make bench` and `make bench-quick` call it."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Sequence

from benches import latency, page, tables
from benches.comparison import announce, compare, middle
from benches.goals import goals_table
from benches.machine import describe
from benches.plans import PLANS, Plan
from benches.report import Findings
from benches.scenarios import SCENARIOS
from benches.stage import Stage, stage, taking_part


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


def words(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(word for word in text.split(",") if word)


def measure(
    means: Stage, plan: Plan, only: Sequence[str], proxies: Sequence[str]
) -> tuple[page.Found, Findings]:
    """All scenarios, or only these."""
    found, findings = [], Findings()
    for scenario in SCENARIOS:
        if scenario.name not in plan.scenarios or (only and scenario.name not in only):
            continue
        peers = taking_part(proxies or plan.scenarios[scenario.name])
        announce(f"{scenario.title}: {', '.join(peer.title for peer in peers)}")
        samples = compare(means, scenario, peers)
        latencies = rate = None
        if scenario.name in plan.open_loops:
            rate = min(middle(all_, "rate") for all_ in samples.values()) / 2
            latencies = latency.measure(means, scenario, peers, rate)
        part = tables.findings(scenario, samples, latencies, rate)
        announce("\n".join(part.sections))
        found.append((scenario, samples))
        findings.add(part)
    return found, findings


def main() -> None:
    """Measure, and say what was found."""
    chosen = arguments()
    # Who ends it, ends the programs that it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan, machine, begun = PLANS[chosen.plan], describe(), time.monotonic()
    rounds, seconds = chosen.rounds or plan.rounds, chosen.seconds or plan.seconds
    with stage(chosen.workers, rounds, seconds) as means:
        found, findings = measure(means, plan, chosen.scenarios, chosen.proxies)
    disturbed = max(tables.disturbance(samples) for _, samples in found)
    how = (
        f"{rounds} rounds of {seconds} s for each load; each proxy with {chosen.workers} worker on a core of "
        f"its own, on which others took up to {disturbed:.0%} of the proxy's time."
    )
    print(f"{goals_table(findings.figures)}\n{how} Measured in {time.monotonic() - begun:.0f} s.")
    if chosen.write:
        page.write(machine, taking_part(chosen.proxies), how, found, findings)


main()
