"""What callgrind has counted, by where in the source it was spent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

# What is watched, and the source that belongs to it. Functions are merged with their callers when the library
# is built; the lines still say where they come from.
PARTS = {
    "find the route": r"proxykit-core/src/control/|/(rpds|archery|triomphe)-\d",
    "pick a backend": r"proxykit-core/src/(balance|backend)/",
    "heads": r"proxykit-core/src/(proxy|http1)/|/(http|httparse|httpdate)-\d",
    "all": r"",
}

MODULES = (
    r"(proxykit-\w+/src/\w+)",
    r"/registry/src/[^/]+/([^/]+)/",
    r"/rust/deps/([^/]+)/",
    r"/(library/\w+)/",
)


def by_source(path: Path) -> Counter[str]:
    """The cost of the lines themselves, by file; by library where no file is known."""
    costs: Counter[str] = Counter()
    files: dict[str, str] = {}
    libraries: dict[str, str] = {}
    file = library = ""
    is_call = False
    for line in path.read_text().splitlines():
        if found := re.fullmatch(r"(c?)(f[lie]|ob)=\((\d+)\)(?: (.*))?", line):
            # A name is said once, be it that of a called function, and is a number from then on.
            called, kind, number, name = found.groups()
            name = (libraries if kind == "ob" else files).setdefault(number, name or "")
            if not called and kind == "ob":
                library = name
            elif not called:
                file = name
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[+\-*\d]", line):
            # The line behind `calls` says what the call cost in all; that is counted where it was spent.
            if not is_call:
                costs[Path(library).name if file == "???" else file] += int(line.split()[1])
            is_call = False
    return costs


def watched(costs: Mapping[str, int], apart: Iterable[str]) -> dict[str, int]:
    """What each part costs, but for those apart."""
    return {
        part: sum(cost for source, cost in costs.items() if re.search(pattern, source))
        for part, pattern in PARTS.items()
        if part not in apart
    }


def by_module(costs: Mapping[str, int]) -> list[tuple[str, int]]:
    """What each module and crate costs, the dearest first."""
    modules: Counter[str] = Counter()
    for source, cost in costs.items():
        found = (re.search(pattern, source) for pattern in MODULES)
        modules[next((match[1] for match in found if match), source)] += cost
    return [(name, cost) for name, cost in modules.most_common() if cost]
