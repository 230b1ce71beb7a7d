"""The memory that connections take with nothing on them."""

from __future__ import annotations

import json
import resource
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

from benches.load import PROGRAM, LoadError, asker
from benches.process import pinned
from benches.proxies import Peer, Proxy
from benches.report import Findings, section, table
from benches.stage import Stage, taking_part

COUNTS = (3_000, 20_000)
# How long connections are idle when memory is read: who gives it back does so within a few seconds.
SETTLED = 10.0
# What a proxy opens beside its clients' connections.
OTHER_FILES = 500

TEXT = f"""\
So many connections had one request each, and then none for {SETTLED:.0f} s. What each takes is the difference
in the proxy's PSS, through their number. The memory of their sockets is the kernel's, the same for all, and
not in it.
"""


def counts() -> list[int]:
    """How many are held: as many as planned, or as this machine lets one process have open."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = max(COUNTS) if files == resource.RLIM_INFINITY else files - OTHER_FILES
    return sorted({min(count, most) for count in COUNTS})


@contextmanager
def held(stage: Stage, proxy: Proxy, count: int) -> Iterator[None]:
    """Hold connections, and fail if the proxy has closed any of them by the end."""
    url = f"http://127.0.0.1:{proxy.port}/"
    command = pinned([str(PROGRAM), "idle", url, "--connections", str(count)], stage.cores.load)
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        try:
            assert process.stdout is not None
            said = [process.stdout.readline()]
            if said[0]:
                yield
            said += process.communicate(timeout=60)
        except BaseException:
            process.kill()
            raise
    if [json.loads(line)["held"] for line in said[:2] if line] != [count, count]:
        raise LoadError(f"{proxy.program.name} holds no {count} idle connections: {said}")


def measure(stage: Stage, peer: Peer) -> tuple[int, dict[int, int]]:
    """The proxy's memory without any, and with each number of connections."""
    found = {}
    setup = stage.setup("http", connections=max(counts()) + 100, idle_timeout=3600)
    proxy = stage.start(peer, setup)
    with proxy.program:
        asker(["http1", f"http://127.0.0.1:{proxy.port}/", "--connections", "1"], 1, stage.cores.load)
        time.sleep(SETTLED)
        without = proxy.program.memory()
        for count in counts():
            with held(stage, proxy, count):
                time.sleep(SETTLED)
                found[count] = proxy.program.memory()
    return without, found


def kib_each(without: int, found: dict[int, int], count: int) -> float:
    """KiB for each connection."""
    return (found[count] - without) / count / 1024


def row(peer: Peer, without: int, found: dict[int, int]) -> Sequence[str]:
    """A line of the table."""
    each = [f"{kib_each(without, found, count):.2f}" for count in found]
    return [peer.title, f"{without / 2**20:.1f}", *each]


def find(stage: Stage) -> Findings:
    """Measure all that speak HTTP."""
    rows, figures = [], {}
    for peer in taking_part(()):
        if peer.is_relay:
            continue
        without, found = measure(stage, peer)
        rows.append(row(peer, without, found))
        if peer.name == "proxykit":
            figures["idle_connection_kib"] = median(kib_each(without, found, count) for count in found)
    head = ["", "MiB without", *(f"KiB for each of {count:,}" for count in counts())]
    return Findings([section("Growth: idle connections", TEXT, table(head, rows))], figures)
