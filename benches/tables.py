"""What was measured of one scenario, as a section and as figures."""

from __future__ import annotations

from collections.abc import Mapping

from benches.comparison import Sample, Samples
from benches.comparison import middle as middle_of_samples
from benches.goals import against
from benches.latency import Latencies
from benches.latency import middle as middle_of_latencies
from benches.proxies import PEERS
from benches.report import Findings, section, table
from benches.rounds import ratio
from benches.scenarios import Scenario

OURS = "proxykit"
MEASURES = ("cpu", "rate", "memory")
QUANTILES = ("p50", "p99", "p999")


def findings(
    scenario: Scenario, samples: Samples, latencies: Latencies | None, open_rate: float | None
) -> Findings:
    """The section of a scenario, and how Proxy Kit stands to each peer."""
    figures: dict[str, float] = {}
    for measure in MEASURES:
        figures |= ratios(
            scenario, measure, {n: [getattr(s, measure) for s in all_] for n, all_ in samples.items()}
        )
    parts = [cost_table(scenario, samples, figures)]
    if latencies is not None and open_rate is not None:
        for quantile in QUANTILES:
            values = {n: [getattr(one, quantile) for one in all_] for n, all_ in latencies.items()}
            figures |= ratios(scenario, quantile, values)
        parts += [
            f"At {open_rate:,.0f} {scenario.unit}s a second, in microseconds from when each was due:",
            latency_table(scenario, latencies, figures),
        ]
    return Findings([section(scenario.title, *parts)], figures)


def ratios(scenario: Scenario, measure: str, values: Mapping[str, list[float]]) -> dict[str, float]:
    """How Proxy Kit stands to each peer."""
    if OURS not in values:
        return {}
    return {
        against(scenario.name, measure, name): ratio(values[OURS], theirs)
        for name, theirs in values.items()
        if name != OURS
    }


def of_peer(scenario: Scenario, measure: str, name: str, figures: Mapping[str, float]) -> str:
    """The ratio, for a table."""
    found = figures.get(against(scenario.name, measure, name))
    return f"{found:.2f}" if found is not None else "–"


def cost_table(scenario: Scenario, samples: Samples, figures: Mapping[str, float]) -> str:
    """What each proxy used."""
    head = ["", f"CPU µs per {scenario.unit}", "user", "system", "Proxy Kit to it"]
    head += [f"{scenario.unit}s/s", "memory MiB", "Proxy Kit to it"]
    rows = []
    for name, all_ in samples.items():
        cpu, user, system = (f"{middle_of_samples(all_, field):,.1f}" for field in ("cpu", "user", "system"))
        rate, memory = middle_of_samples(all_, "rate"), middle_of_samples(all_, "memory") / 2**20
        cost, held = (of_peer(scenario, measure, name, figures) for measure in ("cpu", "memory"))
        rows.append([PEERS[name].title, cpu, user, system, cost, f"{rate:,.0f}", f"{memory:.1f}", held])
    return table(head, rows)


def latency_table(scenario: Scenario, latencies: Latencies, figures: Mapping[str, float]) -> str:
    """How long requests took."""
    rows = []
    for name, all_ in latencies.items():
        values = [f"{middle_of_latencies(all_, quantile):,.0f}" for quantile in QUANTILES]
        rows.append([PEERS[name].title, *values, of_peer(scenario, "p99", name, figures)])
    return table(["", "p50", "p99", "p99.9", "Proxy Kit's p99 to it"], rows)


def disturbance(samples: Mapping[str, list[Sample]]) -> float:
    """The share of time on the proxies' cores that others had, at its worst among the medians."""
    return max(middle_of_samples(all_, "disturbance") for all_ in samples.values())
