"""The same request asked of a proxy that has little to look after, and of one that has much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from benches.growth.many import backend
from benches.load import Load, asker
from benches.proxies import Peer, Proxy, Route, Setup
from benches.rounds import interleaved, ratio
from benches.stage import Stage

CONNECTIONS = 64


@dataclass(frozen=True)
class Variant:
    """A proxy and what is asked of it.

    `%n` in the path goes round `numbers` numbers. With `spread` the proxy comes to hold so many connections
    to backends; its backend is then one of its own, since one process could not hold those of all.
    """

    name: str
    title: str
    peer: Peer
    routes: tuple[Route, ...]
    path: str
    numbers: int = 1
    spread: int = 1


class Cost(NamedTuple):
    """Microseconds of CPU time for each request, and bytes of memory behind the load."""

    cpu: float
    memory: int


# The costs of each variant, by its name.
Costs = Mapping[str, "list[Cost]"]


def measure(stage: Stage, variants: Sequence[Variant]) -> Costs:
    """Ask the variants in interleaved rounds, when each has all the connections that it will have."""
    with running(stage, variants) as proxies:
        by_name = {variant.name: variant for variant in variants}
        for name, variant in by_name.items():
            warm_up(stage, variant, proxies[name])
        return interleaved(
            list(by_name), stage.rounds, lambda name: cost(stage, by_name[name], proxies[name])
        )


@contextmanager
def running(stage: Stage, variants: Sequence[Variant]) -> Iterator[dict[str, Proxy]]:
    """The proxies of all variants, at the same time."""
    with ExitStack() as stack:
        proxies = {}
        for variant in variants:
            folder = stage.folder / f"growth-{variant.name}"
            folder.mkdir(exist_ok=True)
            address = stage.backend.http
            if variant.spread > 1:
                address = stack.enter_context(backend(folder, stage.cores.backend, variant.spread))
            proxy = variant.peer.start(setup(stage, variant, address), folder, stage.cores.proxy)
            stack.enter_context(proxy.program)
            proxies[variant.name] = proxy
        yield proxies


def setup(stage: Stage, variant: Variant, address: str) -> Setup:
    """The variant's routes with the backend's address put in."""
    routes = tuple(
        Route(
            route.prefix,
            tuple(path.format(backend=address) for path in route.backends),
            route.balancer,
            checked=False,
        )
        for route in variant.routes
    )
    return Setup(routes, workers=stage.workers, connections=2 * CONNECTIONS + variant.spread)


def warm_up(stage: Stage, variant: Variant, proxy: Proxy) -> None:
    """Open all connections to backends."""
    asked = 0.0
    while asked < 2 * variant.spread:
        asked += load(stage, variant, proxy).requests


def load(stage: Stage, variant: Variant, proxy: Proxy) -> Load:
    """A closed loop."""
    url = f"http://127.0.0.1:{proxy.port}{variant.path}"
    shape = ["--connections", str(CONNECTIONS), "--numbers", str(variant.numbers)]
    return asker(["http1", url, *shape], stage.seconds, stage.cores.load)


def cost(stage: Stage, variant: Variant, proxy: Proxy) -> Cost:
    """What a request costs under load."""
    before = proxy.program.cpu_time()
    done = load(stage, variant, proxy)
    used = proxy.program.cpu_time().since(before).total
    proxy.program.check()
    return Cost(used / done.requests * 1e6, proxy.program.memory())


def cpu_ratio(costs: Costs, name: str, to: str) -> float:
    """How much more a request costs one variant than another."""
    return ratio([each.cpu for each in costs[name]], [each.cpu for each in costs[to]])


def middle_cpu(costs: Costs, name: str) -> float:
    """The median of what a request costs."""
    return median(each.cpu for each in costs[name])


def middle_memory(costs: Costs, name: str) -> float:
    """The median of what is held, in MiB."""
    return median(each.memory for each in costs[name]) / 2**20
