"""Whether changes under load delay requests."""

from __future__ import annotations

import http.client
from statistics import median
from typing import NamedTuple

from benches.growth.caller import Call, Caller, ask
from benches.load import asker, open_loop
from benches.proxies import PEERS, Proxy, Route, Setup
from benches.report import Findings, section, table
from benches.rounds import interleaved, ratio
from benches.stage import Stage

CALLS_PER_SECOND = 100
CONNECTIONS = 64
ROUTES, BACKENDS = 100, 100
WITHOUT, WITH = "without changes", "with changes"

TEXT = f"""\
Requests at half of what the proxy serves at most, and {CALLS_PER_SECOND} calls of the management API a second
on the proxy's own listener, which add and remove a backend of a route with {BACKENDS} backends, one of
{ROUTES} such routes. Without changes the same caller asks the backend instead, and takes as much of the
load's core. Microseconds from when each request was due.
"""


class Timed(NamedTuple):
    """Microseconds from when a request was due, of CPU time for each, and calls made in a second."""

    p50: float
    p99: float
    p999: float
    cpu: float
    calls: float


def change(target: str) -> Call:
    """Adds a backend, and removes it with the next call."""

    def call(connection: http.client.HTTPConnection, number: int) -> None:
        path = "/endpoints/remove" if number % 2 else "/endpoints/add"
        ask(connection, "POST", path, {"prefixPath": "/r0/", "targets": [target]})

    return call


def look(connection: http.client.HTTPConnection, number: int) -> None:
    """Changes nothing."""
    ask(connection, "GET", "/")


def setup(stage: Stage) -> Setup:
    """A route for the load, and those that are changed."""
    backend = stage.backend.http
    targets = tuple(f"{backend}/b{number}" for number in range(BACKENDS))
    changed = tuple(Route(f"/r{number}/", targets, checked=False) for number in range(ROUTES))
    return Setup((Route("/", (backend,), checked=False), *changed), workers=stage.workers)


def measure(stage: Stage, proxy: Proxy, rate: float, port: int, call: Call) -> Timed:
    """Put the proxy under load while somebody calls."""
    before = proxy.program.cpu_time()
    url = f"http://127.0.0.1:{proxy.port}/"
    with Caller(port, CALLS_PER_SECOND, call) as caller:
        load, latency = open_loop(url, rate, CONNECTIONS, stage.seconds, stage.cores.load)
    cpu = proxy.program.cpu_time().since(before).total / load.requests * 1e6
    return Timed(latency.p50, latency.p99, latency.p999, cpu, caller.made / caller.seconds)


def find(stage: Stage) -> Findings:
    """Measure with and without changes, in interleaved rounds."""
    proxy = stage.start(PEERS["proxykit"], setup(stage))
    callers = {
        WITHOUT: (int(stage.backend.http.rpartition(":")[2]), look),
        WITH: (proxy.port, change(f"http://{stage.backend.http}/new")),
    }
    with proxy.program:
        shape = ["http1", f"http://127.0.0.1:{proxy.port}/", "--connections", str(CONNECTIONS)]
        rate = asker(shape, stage.seconds, stage.cores.load).rate / 2
        found = interleaved(
            list(callers), stage.rounds, lambda name: measure(stage, proxy, rate, *callers[name])
        )
    without, changing = (list(zip(*found[name])) for name in (WITHOUT, WITH))
    moved = Timed(*map(ratio, changing, without))
    rows = [
        [name, *(f"{median(values):,.1f}" for values in each)]
        for name, each in ((WITHOUT, without), (WITH, changing))
    ]
    rows.append(["ratio", *(f"{value:.2f}" for value in moved)])
    head = [f"{rate:,.0f} requests/s", "p50", "p99", "p99.9", "CPU µs per request", "calls/s"]
    parts = section("Growth: changes under load", TEXT, table(head, rows))
    return Findings([parts], {"management_p99": moved.p99})
