"""What a request costs when there are many routes."""

from __future__ import annotations

from collections.abc import Sequence

from benches.growth.variants import Costs, Variant, cpu_ratio, measure, middle_cpu, middle_memory
from benches.proxies import PEERS, Peer, Route
from benches.report import Findings, section, table
from benches.stage import Stage

COUNTS = (1, 100, 10_000)
MOST = COUNTS[-1]

TEXT = f"""\
Each route `/r0/`, `/r1/` … has one backend. A request goes to the first route, whatever others there
are. Where it goes *to all in turn*, the proxy keeps {MOST:,} connections as well, each of which is used
rarely: that is the cost of cold memory in proxy and kernel, and not of finding the route. No health is
checked. Memory is the proxy's behind the load.
"""


def routes(count: int) -> tuple[Route, ...]:
    """So many, each with a backend."""
    return tuple(Route(f"/r{number}/", ("{backend}",)) for number in range(count))


def variants(peer: Peer) -> list[Variant]:
    """The peer with few routes and with many."""
    same = [
        Variant(f"{peer.name}-routes-{count}", f"{count:,}", peer, routes(count), "/r0/") for count in COUNTS
    ]
    if peer.name != "proxykit":
        return [same[0], same[-1]]
    name, title = f"{peer.name}-routes-all", f"{MOST:,}, to all in turn"
    return [*same, Variant(name, title, peer, routes(MOST), "/r%n/", numbers=MOST, spread=MOST)]


def rows(peer: Peer, each: Sequence[Variant], costs: Costs) -> list[list[str]]:
    """Lines of the table."""
    first = each[0].name
    return [
        [
            peer.title,
            variant.title,
            f"{middle_cpu(costs, variant.name):.1f}",
            f"{cpu_ratio(costs, variant.name, first):.2f}",
            f"{middle_memory(costs, variant.name):.1f}",
        ]
        for variant in each
    ]


def find(stage: Stage) -> Findings:
    """Measure Proxy Kit, nginx and HAProxy."""
    lines, figures = [], {}
    for peer in (PEERS["proxykit"], PEERS["nginx"], PEERS["haproxy"]):
        each = variants(peer)
        costs = measure(stage, each)
        lines += rows(peer, each, costs)
        if peer.name == "proxykit":
            figures["routes"] = cpu_ratio(costs, f"proxykit-routes-{MOST}", "proxykit-routes-1")
    head = ["", "routes", "CPU µs per request", "to one route", "memory MiB"]
    return Findings([section("Growth: routes", TEXT, table(head, lines))], figures)
