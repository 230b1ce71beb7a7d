"""Counts, and compares with what is stored.

python -m benches.instructions           fails if a part has grown too much
python -m benches.instructions --write   stores what is counted
python -m benches.instructions --all     shows all that the first case spends, by module and crate
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benches.instructions.cases import CASES, count
from benches.instructions.parts import by_module, watched

STORED = Path(__file__).with_name("stored.json")
# A part may cost so many times what is stored, and so many instructions more: compilers and processors
# differ, and so does the depth of a hash tree.
MOST, SLACK = 1.2, 300


def compare(measured: dict[str, dict[str, int]], stored: dict[str, dict[str, int]]) -> int:
    """Show both; how many parts have grown."""
    grown = 0
    print(f"{'instructions for a request':36} {'part':16} {'now':>7} {'stored':>7}")
    for case, parts in measured.items():
        for part, cost in parts.items():
            is_grown = cost > stored[case][part] * MOST + SLACK
            grown += is_grown
            print(f"{case:36} {part:16} {cost:7} {stored[case][part]:7}{' grown' if is_grown else ''}")
    return grown


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m benches.instructions")
    options.add_argument("--write", action="store_true", help="store what is counted")
    options.add_argument("--all", action="store_true", help="show all that the first case spends")
    chosen = options.parse_args()
    if chosen.all:
        for name, cost in by_module(count(CASES[0])):
            print(f"{cost:8} {name}")
        return 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        costs = pool.map(count, CASES)
        measured = {case.name: watched(cost, case.apart) for case, cost in zip(CASES, costs)}
    if chosen.write:
        STORED.write_text(json.dumps(measured, indent=4) + "\n")
    grown = compare(measured, json.loads(STORED.read_text()))
    if grown:
        print(f"proxykit: {grown} parts have grown; if that is right, store it with --write", file=sys.stderr)
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
