"""What is counted: a proxy with one worker, which a client asks on one connection, a request at a time, so
that each run does the same in the same order."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benches.instructions.parts import by_source
from benches.process import Program
from benches.proxies.proxykit import LIBRARIES, PROGRAMS

REQUEST = b"GET /x/path HTTP/1.1\r\nHost: example\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
BODY = b"Hello world"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\n" + BODY


class Case(NamedTuple):
    """Routes and backends. Parts that are `apart` are not watched: requests open connections there."""

    name: str
    routes: int = 1
    backends: int = 1
    balancer: str = "round_robin"
    apart: tuple[str, ...] = ()


CASES = (
    Case("1 route, 1 backend"),
    Case("10,000 routes", routes=10_000),
    Case("10,000 backends, round_robin", backends=10_000, apart=("heads", "all")),
    Case("10,000 backends, least_connections", 1, 10_000, "least_connections", ("heads", "all")),
    Case("10,000 backends, ip_hash", 1, 10_000, "ip_hash"),
)


# Enough that the start of the worker and the first requests do not count.
REQUESTS = 1000


def count(case: Case) -> dict[str, int]:
    """What one request costs, by source."""
    with tempfile.TemporaryDirectory() as temporary, backend() as port:
        folder = Path(temporary)
        # The first thread is the host's own, which sets up; the second is the worker.
        routes, counted = folder / "routes", folder / "callgrind.out-02"
        routes.write_text("".join(lines(case, port)))
        valgrind = ["valgrind", "--tool=callgrind", "--separate-threads=yes"]
        valgrind += [f"--callgrind-out-file={folder}/callgrind.out"]
        command = [*valgrind, str(PROGRAMS / "bench_host"), "127.0.0.1:0", str(routes), "workers=1"]
        environment = {"LD_LIBRARY_PATH": str(LIBRARIES)}
        with Program("callgrind", command, folder, environment=environment) as program:
            ask(program.announced_port(), REQUESTS)
            program.process.terminate()
            program.process.wait(60)
        return {source: round(cost / REQUESTS) for source, cost in by_source(counted).items()}


def lines(case: Case, port: int) -> Iterator[str]:
    """The routes, as the host reads them."""
    # All of 127.0.0.0/8 is this machine.
    hosts = (f"127.0.{number // 250}.{number % 250 + 1}" for number in range(case.backends))
    targets = " ".join(f"http://{host}:{port}" for host in hosts)
    yield f"/x/ balancer={case.balancer} health_check=false {targets}\n"
    for number in range(1, case.routes):
        yield f"/r{number}/ health_check=false http://127.0.0.1:{port}\n"


@contextmanager
def backend() -> Iterator[int]:
    """A backend at every address of this machine; its port."""
    with socket.create_server(("0.0.0.0", 0), backlog=128) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def answer(connection: socket.socket) -> None:
    """Be a backend on one connection."""
    with connection:
        while connection.recv(65536).endswith(b"\r\n\r\n"):
            connection.sendall(ANSWER)


def ask(port: int, times: int) -> None:
    """Send requests one after the other on one connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        for _ in range(times):
            client.sendall(REQUEST)
            received = b""
            while not received.endswith(BODY):
                piece = client.recv(65536)
                if not piece:
                    raise SystemExit("proxykit: the proxy has closed the connection")
                received += piece
