"""What every proxy is told in the same words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from benches.process import Program

# `h2c` is HTTP/2 without TLS, with prior knowledge. Only Proxy Kit is asked to speak `https` to a backend.
Protocol = Literal["http", "h2c", "https"]


class Certificate(NamedTuple):
    """PEM files."""

    chain: Path
    key: Path


@dataclass(frozen=True)
class Route:
    """A path prefix (`/x/`) and its backends (`HOST:PORT`). The prefix stays in the path.

    `checked`: their health is checked by those who can. `settings` are options of Proxy Kit's own
    (`name=value`).
    """

    prefix: str
    backends: tuple[str, ...]
    balancer: str = "round_robin"
    checked: bool = True
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setup:
    """What a proxy is to do.

    `connections` is how many it must be able to hold at a time on either side. `idle_timeout` (seconds) is
    how long it leaves a client's connection open without a request.
    """

    routes: tuple[Route, ...]
    downstream: Protocol = "http"
    upstream: Protocol = "http"
    certificate: Certificate | None = None
    workers: int = 1
    connections: int = 4096
    idle_timeout: int = 60


class Proxy(NamedTuple):
    """A proxy that runs, and where."""

    program: Program
    port: int


# Starts a proxy: what it is to do, a folder for its files, the cores that it runs on. It listens then.
Start = Callable[[Setup, Path, "tuple[int, ...]"], Proxy]


class Peer(NamedTuple):
    """A proxy that can be measured. One that is `optional` may lack its `executables`."""

    name: str
    title: str
    start: Start
    version: Callable[[], str]
    executables: tuple[str, ...]
    optional: bool = False
    # It passes bytes on, and knows nothing of HTTP.
    is_relay: bool = False
