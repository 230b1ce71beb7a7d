"""A proxy of Pingora's crates; slow to build, so it takes part only where it was built."""

from __future__ import annotations

from pathlib import Path

from benches.machine import first_match
from benches.proxies.setup import Peer, Proxy, Setup
from benches.proxies.written import start_written

HERE = Path(__file__).parents[2]
EXECUTABLE = HERE / "build/benches/pingora-proxy"
MANIFEST = HERE / "benches/peers/pingora/Cargo.toml"


def start(setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
    return start_written("pingora", EXECUTABLE, setup, folder, cores)


def version() -> str:
    return first_match(r'pingora = .*?"=?(\d[\d.]*)"', MANIFEST.read_text(), "?")


PEER = Peer("pingora", "Pingora", start, version, (str(EXECUTABLE),), optional=True)
