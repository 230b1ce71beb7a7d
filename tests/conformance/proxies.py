"""The three proxies, each in the least configuration that does the same, on free ports of this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from support import accepts, proxykit, wait_until

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Proxy:
    """A running proxy. Each port leads to the raw backend, but for `grpc`, which leads to one of HTTP/2.

    On `patient` a client of HTTP/1 that ends its side is waited for. nginx and HAProxy are told whether they
    do that, or take such a client for gone, as on `http1`; Proxy Kit does the one and then the other.
    On `announced` a connection must begin with a header of the PROXY protocol.
    """

    name: str
    version: str
    process: int
    http1: int
    http2: int
    grpc: int
    patient: int
    announced: int


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def proxy_kit(backend: int, grpc: int) -> Iterator[Proxy]:
    flags = ["serve", "--listen", "127.0.0.1:0", "--no-health-check", "--management", "off"]
    with (
        proxykit(*flags, "--route", f"/=http://127.0.0.1:{backend}") as plain,
        proxykit(*flags, "--route", f"/=h2c://127.0.0.1:{grpc}") as http2,
        proxykit(
            *flags, "--route", f"/=http://127.0.0.1:{backend}", "--proxy-protocol", "127.0.0.1"
        ) as announced,
    ):
        commands = (plain, http2, announced)
        port, grpc_port, announced_port = (int(one.address().rsplit(":", 1)[1]) for one in commands)
        version = subprocess.run(
            [str(Path(sys.executable).with_name("proxykit")), "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        ).stdout.split()[1]
        yield Proxy("Proxy Kit", version, plain.process_id, port, port, grpc_port, port, announced_port)


@contextmanager
def program(command: list[str], template: str, backend: int, grpc: int) -> Iterator[tuple[int, list[int]]]:
    """A server that is told its ports in a file, and cannot choose them; its process and its ports."""
    with TemporaryDirectory() as folder:
        names = [field.name for field in fields(Proxy) if field.type == "int" and field.name != "process"]
        ports = [free_port() for _ in names]
        text = Template((HERE / template).read_text()).substitute(
            dict(zip(names, ports)), folder=folder, backend=backend, grpc_backend=grpc
        )
        path = Path(folder, template)
        path.write_text(text)
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen([*command, str(path)], stdout=log, stderr=log)
            try:
                addresses = [f"127.0.0.1:{port}" for port in ports]
                wait_until(lambda: process.poll() is not None or all(map(accepts, addresses)))
                assert process.poll() is None, Path(folder, "log").read_text()
                yield process.pid, ports
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def version_of(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    words = (done.stdout + done.stderr).split()
    return next(
        word.removeprefix("nginx/") for word in words if word[0].isdigit() or word.startswith("nginx/")
    )


@contextmanager
def nginx(backend: int, grpc: int) -> Iterator[Proxy]:
    with program(["nginx", "-c"], "nginx.conf", backend, grpc) as (process, ports):
        yield Proxy("nginx", version_of("nginx", "-v"), process, *ports)


@contextmanager
def haproxy(backend: int, grpc: int) -> Iterator[Proxy]:
    with program(["haproxy", "-db", "-f"], "haproxy.cfg", backend, grpc) as (process, ports):
        yield Proxy("HAProxy", version_of("haproxy", "-v"), process, *ports)


PROXIES = {"proxykit": proxy_kit, "nginx": nginx, "haproxy": haproxy}


@contextmanager
def running(names: list[str], backends: dict[str, int], grpc: int) -> Iterator[dict[str, Proxy]]:
    """These proxies, each before its own raw backend and the one backend of HTTP/2."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(PROXIES[name](backends[name], grpc)) for name in names}
