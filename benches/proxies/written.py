"""The peers that are written here: programs that are all called the same way."""

from __future__ import annotations

from pathlib import Path

from benches.process import Program
from benches.proxies.setup import Proxy, Setup


def start_written(name: str, executable: Path, setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
    """Start `EXECUTABLE --workers N --upstream http|h2c [--tls CHAIN KEY] PREFIX=HOST:PORT[,HOST:PORT…] …`.

    It listens on 127.0.0.1 on a port that it chooses, for HTTP/1.1, and HTTP/2 with prior knowledge, and says
    `listening 127.0.0.1:PORT`.
    """
    command = [str(executable), "--workers", str(setup.workers), "--upstream", setup.upstream]
    if setup.certificate:
        command += ["--tls", str(setup.certificate.chain), str(setup.certificate.key)]
    command += [f"{route.prefix}={','.join(route.backends)}" for route in setup.routes]
    program = Program(name, command, folder, cores)
    return Proxy(program, program.announced_port())
