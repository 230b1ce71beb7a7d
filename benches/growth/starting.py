"""How soon a proxy answers."""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from benches.process import ProgramError, pinned
from benches.proxies import PEERS
from benches.proxies.proxykit import LIBRARIES
from benches.report import Findings, section, table
from benches.rounds import interleaved
from benches.stage import Stage, taking_part

ALONE = Path(__file__).parents[2] / "build/benches/start_time"
# A start takes milliseconds, so that it can be repeated more often than a load.
TIMES = 5

TEXT = """\
Milliseconds from the start of the process until the first answer has come through it, with one route. A look
every two milliseconds is part of it. The last line is for starting Proxy Kit in a program that already runs:
from before the manager is made until `start` has returned, the listener is bound and the workers run.
"""


def answered(stage: Stage, name: str) -> float:
    """Start a proxy and ask it once."""
    begun = time.monotonic()
    proxy = stage.start(PEERS[name], stage.setup("http"))
    with proxy.program, closing(http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)) as client:
        client.request("GET", "/")
        if client.getresponse().status != 200:
            raise ProgramError(f"{name} does not answer")
        return (time.monotonic() - begun) * 1e3


def alone(stage: Stage) -> float:
    """What a program waits for that starts a proxy within itself, in milliseconds."""
    command = [str(ALONE), f"http://{stage.backend.http}", str(stage.workers)]
    environment = {**os.environ, "LD_LIBRARY_PATH": str(LIBRARIES)}
    done = subprocess.run(
        pinned(command, stage.cores.proxy), env=environment, capture_output=True, timeout=20, check=True
    )
    return float(done.stdout) / 1e3


def find(stage: Stage) -> Findings:
    """Measure all that take part."""
    names = [peer.name for peer in taking_part(())]
    found = interleaved(names, stage.rounds * TIMES, lambda name: answered(stage, name))
    within = [alone(stage) for _ in range(stage.rounds * TIMES)]
    rows = [[PEERS[name].title, f"{median(each):.1f}", f"{min(each):.1f}"] for name, each in found.items()]
    rows.append(["Proxy Kit, in a program that runs", f"{median(within):.2f}", f"{min(within):.2f}"])
    head = ["", "median ms", "least ms"]
    return Findings([section("Growth: start", TEXT, table(head, rows))], {"start_ms": median(within)})
