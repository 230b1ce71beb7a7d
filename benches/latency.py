"""How long requests take at one fixed rate for all: half of what the slowest serves at most."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benches.load import Latency, open_loop
from benches.proxies import Peer
from benches.rounds import interleaved
from benches.scenarios import Scenario
from benches.stage import Stage

# The latencies of each proxy, by its name.
Latencies = dict[str, "list[Latency]"]


def measure(stage: Stage, scenario: Scenario, peers: Sequence[Peer], rate: float) -> Latencies:
    """Ask the peers at this rate, in interleaved rounds."""
    path, connections = scenario.path, scenario.open_loop
    if path is None or connections is None:
        raise ValueError(f"{scenario.name} has no run at a fixed rate")
    setups = {peer.name: scenario.setup(stage, peer.is_relay) for peer in peers}
    with stage.running(peers, setups) as proxies:

        def once(name: str) -> Latency:
            url = f"http://127.0.0.1:{proxies[name].port}{path}"
            return open_loop(url, rate, connections, stage.seconds, stage.cores.load)

        return interleaved(list(proxies), stage.rounds, once)


def middle(latencies: Sequence[Latency], quantile: str) -> float:
    """The median of a quantile."""
    return median(getattr(one, quantile) for one in latencies)
