"""The run as a command: it fails if another proxy passes a case that Proxy Kit does not."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from conformance import report
from conformance.families import FAMILIES
from conformance.proxies import PROXIES
from conformance.run import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("--family", action="append", choices=[family.name for family in FAMILIES])
    parser.add_argument("--proxy", action="append", choices=list(PROXIES))
    parser.add_argument("--case", metavar="TEXT", help="only cases whose names have this")
    parser.add_argument("--output", type=Path, default=Path("build/conformance"))
    options = parser.parse_args()
    begin = time.monotonic()

    def tell(family: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {family}", file=sys.stderr, flush=True)

    families = [family for family in FAMILIES if not options.family or family.name in options.family]
    if options.case:
        for family in families:
            family.cases[:] = [case for case in family.cases if options.case in case.name]
    done = run(families, options.proxy or list(PROXIES), tell)
    report.write(done, options.output)
    print(*(report.rows(done) if options.case else report.rows(done, differing=True)), sep="\n")
    print("", *report.summary(done), "", f"All results: {options.output}/table.md", sep="\n")
    behind, known = report.split(report.behind(done))
    for title, lines in [
        ("Failed by Proxy Kit:", report.failed(done)),
        ("Passed by others and not by Proxy Kit, with a reason:", known),
        ("Passed by others and not by Proxy Kit:", behind),
    ]:
        if lines:
            print("", title, *(f"- {line}" for line in lines), sep="\n")
    return 1 if behind else 0


sys.exit(main())
