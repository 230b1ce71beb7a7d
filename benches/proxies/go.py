"""A proxy of Go's `httputil.ReverseProxy`, shaped like the library that Proxy Kit re-creates."""

from __future__ import annotations

from pathlib import Path

from benches.machine import version
from benches.proxies.setup import Peer, Proxy, Setup
from benches.proxies.written import start_written

EXECUTABLE = Path(__file__).parents[2] / "build/benches/go-proxy"


def start(setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
    return start_written("go", EXECUTABLE, setup, folder, cores)


PEER = Peer(
    "go", "Go ReverseProxy", start, lambda: version(["go", "version"]), (str(EXECUTABLE),), optional=True
)
