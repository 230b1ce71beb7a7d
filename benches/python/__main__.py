"""Measures Proxy Kit in a Python program beside proxies written in Python; `make bench-python` calls it."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from statistics import median

from benches import page
from benches.comparison import middle
from benches.machine import describe
from benches.measured import Measured, measure
from benches.proxies import PEERS
from benches.proxies.python import PYTHON_PEERS
from benches.python import light
from benches.report import table
from benches.rounds import ratio
from benches.scenarios import SCENARIOS
from benches.stage import stage, taking_part

OURS = "proxykit-python"
NAMES = (OURS, *(peer.name for peer in PYTHON_PEERS))
WANTED = ("small", "10k")
RESULTS = page.RESULTS / "python.md"
COMMAND = "make bench-python BENCH=--write"


def summary(found: Sequence[Measured]) -> str:
    """All of it in one table."""
    rows = []
    for one in found:
        title, samples = one.scenario.title, one.samples
        cpu = {name: [sample.cpu for sample in each] for name, each in samples.items()}
        rows.append([f"CPU µs: {title}", *(f"{median(cpu[name]):,.1f}" for name in NAMES)])
        rows.append(["… times Proxy Kit's", *(f"{ratio(cpu[name], cpu[OURS]):.1f}" for name in NAMES)])
        rows.append(["requests/s of one core", *(f"{1e6 / median(cpu[name]):,.0f}" for name in NAMES)])
        held = (f"{middle(samples[name], 'memory') / 2**20:.1f}" for name in NAMES)
        rows.append(["memory MiB", *held])
    return table(["", *(PEERS[name].title for name in NAMES)], rows)


def result_page(found: Sequence[Measured], how: str) -> str:
    """The page of results."""
    versions = [[PEERS[name].title, PEERS[name].version()] for name in NAMES]
    machine = [[name, value] for name, value in describe().items()]
    parts = [
        "# Results from Python\n",
        f"Written by `{COMMAND}`. [How it is measured](../README.md).\n",
        table(["machine", ""], [*machine, ["Python", sys.version.split()[0]]]),
        table(["proxy", "version"], versions),
        f"{how}\n",
        summary(found),
    ]
    return "\n".join(parts)


def main() -> None:
    """Measure, and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m benches.python", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each load is repeated (%(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="how long each load lasts (%(default)s)")
    parser.add_argument("--write", action="store_true", help="write the results and the README's table")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with stage(1, chosen.rounds, chosen.seconds) as means:
        peers = taking_part(NAMES)
        scenarios = [scenario for scenario in SCENARIOS if scenario.name in WANTED]
        found = [measure(means, scenario, peers, with_latency=False) for scenario in scenarios]
    how = f"Each load {chosen.rounds} times for {chosen.seconds} s, one worker each, on a core of its own."
    # httpcore 1.0, _async/connection_pool.py: most of its time, with 64 connections.
    how += " httpx goes over all of its connections for each request and each answer."
    weight = light.lines()
    print(summary(found), how, weight, sep="\n")
    if chosen.write:
        RESULTS.write_text(result_page(found, f"{how} {weight}"))
        more = f"{weight} [How, and with which versions](benches/results/python.md)."
        content = f"{summary(found)}\n{more}\n"
        page.README.write_text(page.between_markers(page.README, COMMAND, content))


main()
