"""Measures: `python -m benches --help`."""

from __future__ import annotations

import argparse
from statistics import median

from benches.rounds import interleaved
from benches.scenarios import SCENARIOS
from benches.stage import stage


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(prog="benches", description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="how often each load is repeated (%(default)s)")
    parser.add_argument("--seconds", type=int, default=2, help="how long each load lasts (%(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="worker threads of each proxy (%(default)s)")
    parser.add_argument("--proxies", default="", help="only these, with commas between them")
    chosen = parser.parse_args()
    names = [name for name in chosen.proxies.split(",") if name]
    with stage(names, chosen.workers, chosen.rounds, chosen.seconds) as means:
        for scenario in SCENARIOS:
            with means.running(means.peers, scenario.setup(means)) as proxies:

                def once(name, scenario=scenario, proxies=proxies):
                    program = proxies[name].program
                    before = program.cpu_time()
                    load = scenario.load(means, proxies[name])
                    return program.cpu_time().since(before).total / load.requests * 1e6

                found = interleaved(list(proxies), means.rounds, once)
            print(
                scenario.title, {name: round(median(costs), 1) for name, costs in found.items()}, flush=True
            )


main()
