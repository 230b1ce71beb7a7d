"""What was measured, as figures, sections, and a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benches.comparison import middle
from benches.goals import against
from benches.latency import middle as middle_latency
from benches.measured import Measured
from benches.proxies import PEERS
from benches.report import Findings, section, table
from benches.rounds import ratio

OURS = "proxykit"
MEASURES = ("cpu", "rate", "memory")
QUANTILES = ("p50", "p99", "p999")


def findings(measured: Measured) -> Findings:
    """The section of a scenario, and how Proxy Kit stands to each peer."""
    figures: dict[str, float] = {}
    for measure in MEASURES:
        figures |= ratios(measured.scenario.name, measure, measured.samples)
    parts = [cost_table(measured, figures)]
    if measured.latencies:
        for quantile in QUANTILES:
            figures |= ratios(measured.scenario.name, quantile, measured.latencies)
        due = "in microseconds from when each was due, and what each costs there:"
        parts += [
            f"At {measured.rate:,.0f} {measured.scenario.unit}s a second, {due}",
            latency_table(measured, figures),
        ]
    return Findings([section(measured.scenario.title, *parts)], figures)


def ratios(scenario: str, measure: str, found: Mapping[str, Sequence[object]]) -> dict[str, float]:
    """How Proxy Kit stands to each peer."""
    values = {name: [getattr(one, measure) for one in each] for name, each in found.items()}
    ours = values.pop(OURS, None)
    if ours is None:
        return {}
    return {against(scenario, measure, name): ratio(ours, theirs) for name, theirs in values.items()}


def of_peer(measured: Measured, measure: str, name: str, figures: Mapping[str, float]) -> str:
    """The ratio, for a table."""
    found = figures.get(against(measured.scenario.name, measure, name))
    return f"{found:.2f}" if found is not None else "–"


def cost_table(measured: Measured, figures: Mapping[str, float]) -> str:
    """What each proxy used."""
    unit = measured.scenario.unit
    head = ["", f"CPU µs per {unit}", "user", "system", "Proxy Kit to it"]
    head += [f"{unit}s/s", "memory MiB", "Proxy Kit to it"]
    rows = []
    for name, each in measured.samples.items():
        costs = [f"{middle(each, part):,.1f}" for part in ("cpu", "user", "system")]
        rate, memory = f"{middle(each, 'rate'):,.0f}", f"{middle(each, 'memory') / 2**20:.1f}"
        cost, held = (of_peer(measured, measure, name, figures) for measure in ("cpu", "memory"))
        rows.append([PEERS[name].title, *costs, cost, rate, memory, held])
    return table(head, rows)


def latency_table(measured: Measured, figures: Mapping[str, float]) -> str:
    """How long requests took."""
    rows = []
    for name, each in measured.latencies.items():
        values = [f"{middle_latency(each, quantile):,.0f}" for quantile in QUANTILES]
        cpu = f"{middle_latency(each, 'cpu'):,.1f}"
        rows.append([PEERS[name].title, *values, of_peer(measured, "p99", name, figures), cpu])
    return table(["", "p50", "p99", "p99.9", "Proxy Kit's p99 to it", "CPU µs"], rows)


def summary(found: Sequence[Measured]) -> str:
    """All scenarios in one table, for the README."""
    names = list(found[0].samples)

    def row(title: str, values: Mapping[str, str]) -> list[str]:
        return [title, *(values.get(name, "–") for name in names)]

    rows = []
    for one in found:
        costs = {name: f"{middle(each, 'cpu'):,.1f}" for name, each in one.samples.items()}
        rows.append(row(f"CPU µs: {one.scenario.title}", costs))
    for one in found:
        if one.latencies:
            times = {name: f"{middle_latency(each, 'p99'):,.0f}" for name, each in one.latencies.items()}
            rows.append(row(f"p99 µs: {one.scenario.title}, {one.rate:,.0f} {one.scenario.unit}s/s", times))
    for one in found:
        if one.scenario.name in ("small", "many"):
            held = {name: f"{middle(each, 'memory') / 2**20:.1f}" for name, each in one.samples.items()}
            rows.append(row(f"memory MiB: {one.scenario.title}", held))
    return table(["", *(PEERS[name].title for name in names)], rows)


def hosts(found: Sequence[Measured], figures: Mapping[str, float]) -> str:
    """What programs of each language serve in a second of CPU time, held against the program in C."""
    head = [""]
    for one in found:
        head += [f"{one.scenario.title}: {one.scenario.unit}s per CPU second", "C is 1.00"]
    rows = []
    for name in found[0].samples:
        row = [PEERS[name].title if name != OURS else f"{PEERS[name].title} in C"]
        for one in found:
            row.append(f"{1e6 / middle(one.samples[name], 'cpu'):,.0f}")
            row.append("1.00" if name == OURS else of_peer(one, "cpu", name, figures))
        rows.append(row)
    return table(head, rows)


def disturbance(found: Sequence[Measured]) -> float:
    """What others had of the proxies' cores, as a share of the proxies' time: the worst of the medians."""
    return max(middle(each, "disturbance") for one in found for each in one.samples.values())
