"""What Proxy Kit has to reach, as ratios of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benches.report import table

# What was found, by name; see `Findings`.
Figures = Mapping[str, float]


@dataclass(frozen=True)
class Goal:
    """A figure, the most that it must be, and what it is to be. `KeyError`: it was not measured."""

    title: str
    must: float
    aim: float
    measured: Callable[[Figures], float]
    unit: str = ""


def against(scenario: str, measure: str, peer: str) -> str:
    """The name of the figure that holds Proxy Kit against a peer."""
    return f"{scenario}.{measure}/{peer}"


def the_better(scenario: str, measure: str) -> Callable[[Figures], float]:
    """Against nginx or HAProxy, whichever is harder to beat."""
    names = [against(scenario, measure, peer) for peer in ("nginx", "haproxy")]
    return lambda figures: max(figures[name] for name in names)


def figure(name: str) -> Callable[[Figures], float]:
    """A figure as it is."""
    return lambda figures: figures[name]


def peer(scenario: str, measure: str, name: str) -> Callable[[Figures], float]:
    """Against one peer."""
    return figure(against(scenario, measure, name))


GOALS = (
    Goal("CPU per small request, 64 connections, against the better", 1.00, 0.90, the_better("small", "cpu")),
    Goal("CPU per small request, against the TCP relay", 1.25, 1.15, peer("small", "cpu", "relay")),
    Goal("CPU per small request, against the Go proxy", 0.25, 0.20, peer("small", "cpu", "go")),
    Goal("CPU per 10 KiB answer, against the better", 1.00, 0.90, the_better("10k", "cpu")),
    Goal("CPU per 1 MiB answer, against the better", 0.60, 0.45, the_better("1m", "cpu")),
    # What that needs swings by half, with what another core does for it (`NOTES.md`, "Who pays for 1 MiB").
    Goal("the same, against a HAProxy told to splice", 1.00, 0.60, peer("1m", "cpu", "haproxy-splicing")),
    Goal("CPU per small request, 512 connections, against the better", 1.05, 0.90, the_better("many", "cpu")),
    Goal("CPU per small request, 1 connection, against the better", 1.05, 0.90, the_better("one", "cpu")),
    Goal("p99 at the fixed rate, against the better", 1.10, 0.90, the_better("small", "p99")),
    Goal("memory, 512 busy connections, against nginx", 1.20, 1.00, peer("many", "memory", "nginx")),
    Goal("memory per idle connection", 4.0, 2.0, figure("idle_connection_kib"), " KiB"),
    Goal("a request with 10,000 routes, against one", 1.05, 1.02, figure("routes")),
    Goal("a request with 10,000 backends, against one", 1.05, 1.02, figure("backends")),
)


def verdict(goal: Goal, measured: float) -> str:
    """Whether it was reached, as a word."""
    if measured <= goal.aim:
        return "aim"
    return "must" if measured <= goal.must else "**missed**"


def row(goal: Goal, figures: Figures) -> list[str]:
    """A line of the table."""
    limits = [f"{limit:.2f}{goal.unit}" for limit in (goal.must, goal.aim)]
    try:
        measured = goal.measured(figures)
    except KeyError:
        return [goal.title, *limits, "not measured", "–"]
    return [goal.title, *limits, f"{measured:.2f}{goal.unit}", verdict(goal, measured)]


def goals_table(figures: Figures) -> str:
    """All goals. The better: nginx or HAProxy, whichever needs less."""
    return table(["goal", "must", "aim", "measured", "reached"], [row(goal, figures) for goal in GOALS])
