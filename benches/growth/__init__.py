"""What becomes of a proxy that has much to look after: routes, backends, connections, changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benches.growth import backends, idle, management, routes, size, starting
from benches.report import Findings
from benches.stage import Stage

# Each measures one kind of growth.
KINDS: dict[str, Callable[[Stage], Findings]] = {
    "routes": routes.find,
    "backends": backends.find,
    "idle": idle.find,
    "management": management.find,
    "start": starting.find,
    "size": size.find,
}


def measure(stage: Stage, kinds: Sequence[str] = tuple(KINDS)) -> Findings:
    """Measure these kinds of growth, one after the other."""
    findings = Findings()
    for kind in kinds:
        findings.add(KINDS[kind](stage))
    return findings
