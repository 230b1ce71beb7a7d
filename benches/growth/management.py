"""Whether changes under load delay requests."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from benches.latency import Timed, middle
from benches.load import LoadError, asker, open_loop
from benches.proxies import PEERS, Route, Setup
from benches.report import Findings, section, table
from benches.rounds import interleaved, ratio
from benches.stage import Stage

CALLS_PER_SECOND = 100
CONNECTIONS = 64
ROUTES, BACKENDS = 100, 100
MEASURES = ("p50", "p99", "p999", "cpu")
WITHOUT, WITH = "without changes", "with changes"

# Makes one call; its number says which.
Call = Callable[[http.client.HTTPConnection, int], None]

TEXT = f"""\
Requests at half of what the proxy serves at most, and {CALLS_PER_SECOND} calls of the management API a second
on the proxy's own listener, which add and remove a backend of a route with {BACKENDS} backends, one of
{ROUTES} such routes. Without changes the same caller asks the backend instead, and takes as much of the
load's core. Microseconds from when each request was due.
"""


def asked(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> None:
    """One request of the caller."""
    connection.request(method, path, body=None if body is None else json.dumps(body))
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise LoadError(f"{method} {path}: {answer.status} {said!r}")


def change(target: str) -> Call:
    """Adds a backend, and removes it with the next call."""

    def call(connection: http.client.HTTPConnection, number: int) -> None:
        path = "/endpoints/remove" if number % 2 else "/endpoints/add"
        asked(connection, "POST", path, {"prefixPath": "/r0/", "targets": [target]})

    return call


def look(connection: http.client.HTTPConnection, number: int) -> None:
    """Changes nothing."""
    asked(connection, "GET", "/")


@contextmanager
def calling(port: int, call: Call) -> Iterator[None]:
    """Make calls meanwhile, each when it is due, and fail if one fails or they fall behind."""
    over = threading.Event()
    failures: list[BaseException] = []
    begun = time.monotonic()
    made = 0

    def run() -> None:
        nonlocal made
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                while not over.wait(max(0.0, begun + made / CALLS_PER_SECOND - time.monotonic())):
                    call(connection, made)
                    made += 1
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failures:
        raise failures[0]
    if made < 0.9 * CALLS_PER_SECOND * (time.monotonic() - begun):
        raise LoadError(f"only {made} calls in {time.monotonic() - begun:.1f} s")


def setup(stage: Stage) -> Setup:
    """A route for the load, and those that are changed."""
    backend = stage.backend.http
    targets = tuple(f"{backend}/b{number}" for number in range(BACKENDS))
    changed = tuple(Route(f"/r{number}/", targets, checked=False) for number in range(ROUTES))
    return Setup((Route("/", (backend,), checked=False), *changed), workers=stage.workers)


def find(stage: Stage) -> Findings:
    """Measure with and without changes, in interleaved rounds."""
    proxy = stage.start(PEERS["proxykit"], setup(stage))
    callers = {
        WITHOUT: (int(stage.backend.http.rpartition(":")[2]), look),
        WITH: (proxy.port, change(f"http://{stage.backend.http}/new")),
    }
    with proxy.program as program:
        url = f"http://127.0.0.1:{proxy.port}/"
        shape = ["http1", url, "--connections", str(CONNECTIONS)]
        rate = asker(shape, stage.seconds, stage.cores.load).rate / 2

        def once(name: str) -> Timed:
            before = program.cpu_time()
            with calling(*callers[name]):
                load, latency = open_loop(url, rate, CONNECTIONS, stage.seconds, stage.cores.load)
            cpu = program.cpu_time().since(before).total / load.requests * 1e6
            return Timed(latency.p50, latency.p99, latency.p999, cpu)

        found = interleaved(list(callers), stage.rounds, once)
    values = {
        name: {measure: [getattr(one, measure) for one in each] for measure in MEASURES}
        for name, each in found.items()
    }
    moved = {measure: ratio(values[WITH][measure], values[WITHOUT][measure]) for measure in MEASURES}
    rows = [
        [name, *(f"{middle(each, measure):,.1f}" for measure in MEASURES)] for name, each in found.items()
    ]
    rows.append(["ratio", *(f"{moved[measure]:.2f}" for measure in MEASURES)])
    head = [f"{rate:,.0f} requests/s", "p50", "p99", "p99.9", "CPU µs per request"]
    found_section = section("Growth: changes under load", TEXT, table(head, rows))
    return Findings([found_section], {"management_p99": moved["p99"]})
