"""Proxies in Python that people use today. They take part in `make bench-python` only."""

from __future__ import annotations

from pathlib import Path

from benches.machine import version
from benches.process import Program
from benches.proxies.setup import Peer, Proxy, Setup

ROOT = Path(__file__).parents[2]
# `make bench-python` makes it.
PYTHON = ROOT / "build/benches/python/bin/python"


def peer(name: str, title: str, package: str) -> Peer:
    """A program of `benches/peers/python`."""

    def start(setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
        program = ROOT / f"benches/peers/python/{name.replace('-', '_')}.py"
        command = [str(PYTHON), str(program), setup.routes[0].backends[0]]
        running = Program(name, command, folder, cores, {"PYTHONUNBUFFERED": "1"})
        return Proxy(running, running.announced_port())

    def installed() -> str:
        return version([str(PYTHON), "-m", "pip", "show", package])

    return Peer(name, title, start, installed, (str(PYTHON),))


PYTHON_PEERS = (
    peer("aiohttp-proxy", "aiohttp", "aiohttp"),
    peer("httpx-proxy", "Starlette and httpx", "httpx"),
    peer("proxy-py", "proxy.py", "proxy.py"),
)
