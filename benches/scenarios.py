"""What is asked of every proxy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benches.load import Load, wrk
from benches.proxies import Proxy, Route, Setup
from benches.stage import Stage


@dataclass(frozen=True)
class Scenario:
    """A shape of load. `setup` says what the proxies are to do, `load` asks it of one of them."""

    name: str
    title: str
    setup: Callable[[Stage], Setup]
    load: Callable[[Stage, Proxy], Load]


def plain(stage: Stage) -> Setup:
    """HTTP/1.1 on both sides."""
    return Setup(routes=(Route("/", (stage.backend.http,)),), workers=stage.workers)


def requests(path: str, connections: int, *, close: bool = False, body: int = 0):
    """A closed loop of HTTP/1.1."""

    def load(stage: Stage, proxy: Proxy) -> Load:
        url = f"http://127.0.0.1:{proxy.port}{path}"
        return wrk(url, connections, stage.seconds, stage.cores.load, close=close, body=body)

    return load


SCENARIOS = (
    Scenario("small-64", "11 B, 64 connections", plain, requests("/", 64)),
    Scenario("10k", "10 KiB, 64 connections", plain, requests("/files/10k", 64)),
    Scenario("1m", "1 MiB, 64 connections", plain, requests("/files/1m", 64)),
)
