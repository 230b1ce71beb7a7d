"""What a request costs when a route has many backends."""

from __future__ import annotations

from collections.abc import Sequence

from benches.growth.routes import routes
from benches.growth.variants import Costs, Variant, cpu_ratio, measure, middle_cpu, middle_memory
from benches.proxies import PEERS, Peer, Route
from benches.report import Findings, section, table
from benches.stage import Stage

COUNTS = (100, 10_000)
MOST = COUNTS[-1]
BALANCERS = ("round_robin", "least_connections", "ip_hash")
ONE, CONTROL = "backends-one", "backends-control"

TEXT = f"""\
One route, whose backends are all the same nginx. With many backends there are many connections, and each is
used rarely: its memory is cold in proxy and kernel, for every proxy alike. So what a balancer itself costs is
told by two ratios. *To one backend* is all that it costs a user. *The pick alone* leaves out the connections:
it is against {MOST:,} routes of one backend each, asked in turn, which has as many connections and nothing to
pick, though a route to find; for `ip_hash`, which sends the one client here to one backend, it is against one
backend. Health is not checked.
"""


def variant(peer: Peer, count: int, balancer: str) -> Variant:
    """A route with so many backends."""
    # Proxy Kit tells backends apart by their URL; the others take one address as often as it is named.
    pattern = "{{backend}}/b{number}" if peer.name == "proxykit" else "{{backend}}"
    backends = tuple(pattern.format(number=number) for number in range(count))
    spread = 1 if balancer == "ip_hash" else count
    name = f"{peer.name}-backends-{balancer}-{count}"
    return Variant(
        name, f"{count:,}, {balancer}", peer, (Route("/r0/", backends, balancer),), "/r0/", spread=spread
    )


def variants(peer: Peer) -> list[Variant]:
    """The peer with one backend, and with many for each balancer."""
    one = Variant(f"{peer.name}-{ONE}", "1", peer, routes(1), "/r0/")
    if peer.name != "proxykit":
        return [one, *(variant(peer, MOST, balancer) for balancer in BALANCERS)]
    name, title = f"{peer.name}-{CONTROL}", f"{MOST:,} routes of 1"
    control = Variant(name, title, peer, routes(MOST), "/r%n/", numbers=MOST, spread=MOST)
    return [one, control, *(variant(peer, count, balancer) for balancer in BALANCERS for count in COUNTS)]


def rows(peer: Peer, each: Sequence[Variant], costs: Costs) -> list[list[str]]:
    """Lines of the table."""
    found = []
    for one in each:
        alone = pick_ratio(costs, one) if peer.name == "proxykit" else None
        found.append(
            [
                peer.title,
                one.title,
                f"{middle_cpu(costs, one.name):.1f}",
                f"{cpu_ratio(costs, one.name, f'{peer.name}-{ONE}'):.2f}",
                "–" if alone is None else f"{alone:.2f}",
                f"{middle_memory(costs, one.name):.1f}",
            ]
        )
    return found


def pick_ratio(costs: Costs, one: Variant) -> float | None:
    """What the pick among the most backends costs; none for who has fewer connections than the control."""
    if "ip_hash" in one.name:
        return cpu_ratio(costs, one.name, f"proxykit-{ONE}")
    if one.spread == MOST and CONTROL not in one.name:
        return cpu_ratio(costs, one.name, f"proxykit-{CONTROL}")
    return None


def find(stage: Stage) -> Findings:
    """Measure Proxy Kit, nginx and HAProxy."""
    lines, figures = [], {}
    for peer in (PEERS["proxykit"], PEERS["nginx"], PEERS["haproxy"]):
        each = variants(peer)
        costs = measure(stage, each)
        lines += rows(peer, each, costs)
        if peer.name == "proxykit":
            picks = [pick_ratio(costs, one) for one in each if one.title.startswith(f"{MOST:,}, ")]
            figures["backends"] = max(pick for pick in picks if pick is not None)
    head = ["", "backends", "CPU µs per request", "to one backend", "the pick alone", "memory MiB"]
    return Findings([section("Growth: backends", TEXT, table(head, lines))], figures)
