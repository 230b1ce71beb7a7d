"""How long requests take at one fixed rate for all: half of what the slowest serves at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benches.load import open_loop
from benches.proxies import Peer
from benches.rounds import interleaved
from benches.scenarios import Scenario
from benches.stage import Stage


@dataclass(frozen=True)
class Timed:
    """Times from when a request was due, and the CPU time for each, in microseconds."""

    p50: float
    p99: float
    p999: float
    cpu: float


# What was found of each proxy, by its name.
Latencies = dict[str, "list[Timed]"]


def measure(stage: Stage, scenario: Scenario, peers: Sequence[Peer], rate: float) -> Latencies:
    """Ask the peers at this rate, in interleaved rounds."""
    path, connections = scenario.path, scenario.open_loop
    if path is None or connections is None:
        raise ValueError(f"{scenario.name} has no run at a fixed rate")
    setups = {peer.name: scenario.setup(stage, peer.is_relay) for peer in peers}
    with stage.running(peers, setups) as proxies:

        def once(name: str) -> Timed:
            program, port = proxies[name]
            before = program.cpu_time()
            load, latency = open_loop(
                f"http://127.0.0.1:{port}{path}", rate, connections, stage.seconds, stage.cores.load
            )
            cpu = program.cpu_time().since(before).total / load.requests * 1e6
            return Timed(latency.p50, latency.p99, latency.p999, cpu)

        return interleaved(list(proxies), stage.rounds, once)


def middle(found: Sequence[Timed], measure: str) -> float:
    """The median of a field."""
    return median(getattr(one, measure) for one in found)
