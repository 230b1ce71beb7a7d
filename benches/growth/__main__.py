"""Measures growth alone: `python -m benches.growth`; `make bench` does it among all else."""

from __future__ import annotations

import argparse
import signal

from benches.growth import KINDS, measure
from benches.stage import stage


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benches.growth", description=__doc__)
    parser.add_argument("kinds", nargs="*", default=[], help=f"of {', '.join(KINDS)}; all of them by default")
    parser.add_argument("--rounds", type=int, default=4, help="how often each load is repeated (%(default)s)")
    parser.add_argument("--seconds", type=int, default=2, help="how long each load lasts (%(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="worker threads of each proxy (%(default)s)")
    chosen = parser.parse_args()
    if unknown := set(chosen.kinds) - set(KINDS):
        parser.error(f"no such kind: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with stage(chosen.workers, chosen.rounds, chosen.seconds) as means:
        for kind in chosen.kinds or KINDS:
            findings = measure(means, [kind])
            print(*findings.sections, findings.figures, sep="\n", flush=True)


main()
