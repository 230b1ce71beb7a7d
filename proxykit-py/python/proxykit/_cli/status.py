"""``proxykit status``, ``add`` and ``remove``: a proxy that runs somewhere else."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from .arguments import RemoteOptions
from .output import say
from .remote import Remote

COLUMNS = (
    "route",
    "balancer",
    "backend",
    "health",
    "in flight",
    "load",
    "requests",
    "per s",
    "5xx",
    "failures",
    "retries",
)
# From here on they are numbers.
NUMBERS = COLUMNS.index("in flight")

# What was counted, by route and backend.
Counted = dict[tuple[str, str], int]


def status(options: RemoteOptions) -> int:
    """Show routes and backends: for ever on a terminal, else once."""
    remote = Remote(options.address, options.management_token)
    found = remote.status()
    if options.json:
        say(json.dumps(found))
    elif options.once or not sys.stdout.isatty() or find_spec("rich") is None:
        say(*plain(rows(found)))
    else:
        _watch(remote, found, options.interval)
    return 0


def add(options: RemoteOptions) -> int:
    """Add backends."""
    count = Remote(options.address, options.management_token).add(options.prefix, options.targets)
    say(json.dumps({"added": count}) if options.json else f"{count} added")
    return 0


def remove(options: RemoteOptions) -> int:
    """Remove backends."""
    count = Remote(options.address, options.management_token).remove(options.prefix, options.targets)
    say(json.dumps({"removed": count}) if options.json else f"{count} removed")
    return 0


def rows(found: dict[str, Any], before: Counted | None = None, seconds: float = 0.0) -> list[tuple[str, ...]]:
    """Give a line for each backend; for each route that has none as well."""
    lines: list[tuple[str, ...]] = []
    for route in found["routes"]:
        prefix, balancer = route["prefixPath"], route["balancer"]
        for backend in route["targets"]:
            counters, target = backend["counters"], backend["target"]
            last = (before or {}).get((prefix, target))
            rate = "" if last is None else f"{max(counters['requests'] - last, 0) / seconds:,.0f}"
            failures = sum(counters[name] for name in ("connectFailures", "timeouts", "brokenResponses"))
            health = "healthy" if backend["healthy"] else "unhealthy"
            numbers = (f"{backend['inFlight']:,}", f"{backend['load']:g}", f"{counters['requests']:,}", rate)
            counted = (counters["responses5xx"], failures, counters["retries"])
            lines.append((prefix, balancer, target, health, *numbers, *(f"{number:,}" for number in counted)))
        if not route["targets"]:
            kind, counters = "(handler)" if route["isHandler"] else "(no backends)", route["counters"]
            requests, failed = f"{counters['requests']:,}", f"{counters['responses5xx']:,}"
            lines.append((prefix, balancer, kind, "", "", "", requests, "", failed, "", ""))
    return lines


def plain(lines: Sequence[Sequence[str]]) -> list[str]:
    """Give a table for programs and for people without colours."""
    table = [[column.upper() for column in COLUMNS], *lines]
    # Without a second look nobody knows how many there are in a second.
    kept = [number for number, column in enumerate(COLUMNS) if column != "per s"]
    widths = {number: max(len(line[number]) for line in table) for number in kept}
    return [
        "  ".join(
            line[number].rjust(widths[number]) if number >= NUMBERS else line[number].ljust(widths[number])
            for number in kept
        ).rstrip()
        for line in table
    ]


def counted(found: dict[str, Any]) -> Counted:
    """Give how many requests each backend has answered."""
    return {
        (route["prefixPath"], backend["target"]): backend["counters"]["requests"]
        for route in found["routes"]
        for backend in route["targets"]
    }


def _watch(remote: Remote, found: dict[str, Any], interval: float) -> None:
    from rich.live import Live

    from .coloured import coloured

    with Live(coloured(rows(found)), screen=True, auto_refresh=False) as live:
        while True:
            before, then = counted(found), time.monotonic()
            time.sleep(interval)
            found = remote.status()
            live.update(coloured(rows(found, before, time.monotonic() - then)), refresh=True)
