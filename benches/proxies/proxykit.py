"""Proxy Kit, through the library that is shipped: in a C program, and in programs of other languages."""

from __future__ import annotations

import os
from pathlib import Path

from benches.machine import first_match
from benches.process import Program
from benches.proxies.setup import Peer, Proxy, Setup

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "build/benches"
# `make python` puts the package there.
PYTHON = ROOT / ".venv/bin/python"
PYTHON_HOST = ROOT / "benches/hosts/python/bench_host.py"
# Where libproxykit.so is.
LIBRARIES = Path(os.environ.get("PROXYKIT_LIBRARIES", ROOT / "target/release"))


# What `make profile` leaves there is used by what is built afterwards.
PROFILE = ROOT / "build/profile"


def version() -> str:
    found = first_match(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), "?")
    is_guided = "PROXYKIT_LIBRARIES" not in os.environ and any(PROFILE.glob("*.profdata"))
    return f"{found}, profile-guided" if is_guided else found


def settings(setup: Setup) -> list[str]:
    # The management API stays where it is by default, so that each request is asked whether it is a call.
    found = [
        f"workers={setup.workers}",
        f"connection_limit={setup.connections}",
        f"idle_timeout={setup.idle_timeout}s",
    ]
    if setup.certificate:
        found += [f"tls_certificates={setup.certificate.chain}", f"tls_keys={setup.certificate.key}"]
        found += ["tls_minimum_version=1.3"]
    return found


def start_host(name: str, command: list[str], setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
    routes = folder / f"{name}.routes"
    with routes.open("w") as file:
        for route in setup.routes:
            targets = " ".join(f"{setup.upstream}://{backend}" for backend in route.backends)
            options = f"balancer={route.balancer} strip_prefix=false"
            options += "" if route.checked else " health_check=false"
            # The last word counts.
            options = " ".join([options, *route.settings])
            file.write(f"{route.prefix} {options} {targets}\n")
    environment = {"LD_LIBRARY_PATH": str(LIBRARIES)}
    program = Program(
        name, [*command, "127.0.0.1:0", str(routes), *settings(setup)], folder, cores, environment
    )
    return Proxy(program, program.announced_port())


def host(name: str, title: str, command: list[str]) -> Peer:
    """A program that loads the library."""

    def start(setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
        return start_host(name, command, setup, folder, cores)

    return Peer(name, title, start, version, (command[0],))


PEER = host("proxykit", "Proxy Kit", [str(PROGRAMS / "bench_host")])
# The same from programs in other languages, for who asks for them.
OTHER_HOSTS = (
    host("proxykit-rust", "Proxy Kit in Rust", [str(ROOT / "target/release/proxykit-bench-host")]),
    host("proxykit-go", "Proxy Kit in Go", [str(PROGRAMS / "go-host")]),
    host("proxykit-python", "Proxy Kit in Python", [str(PYTHON), str(PYTHON_HOST)]),
)
