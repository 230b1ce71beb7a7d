"""All that was measured of one scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benches import latency
from benches.comparison import Samples, compare, middle
from benches.latency import Latencies
from benches.proxies import Peer
from benches.scenarios import Scenario
from benches.stage import Stage


@dataclass(frozen=True)
class Measured:
    """A scenario's samples, and the latencies at `rate` requests a second where those were measured."""

    scenario: Scenario
    samples: Samples
    latencies: Latencies = field(default_factory=dict)
    rate: float = 0.0


def measure(stage: Stage, scenario: Scenario, peers: Sequence[Peer], *, with_latency: bool) -> Measured:
    """Measure what requests cost, then how long they take at half of what the slowest serves at most."""
    samples = compare(stage, scenario, peers)
    if not with_latency:
        return Measured(scenario, samples)
    rate = min(middle(each, "rate") for each in samples.values()) / 2
    return Measured(scenario, samples, latency.measure(stage, scenario, peers, rate), rate)
