"""What the package itself weighs: its import, and its wheel."""

from __future__ import annotations

import subprocess
from pathlib import Path
from statistics import median

from benches.proxies.proxykit import PYTHON, ROOT

WHEELS = ROOT / "build/wheels"
REPEATED = 15


def import_milliseconds(statement: str) -> float:
    """The median time of a statement with imports in a fresh interpreter."""
    program = f"from time import perf_counter as now; begin = now(); {statement}; print(now() - begin)"
    command = [str(PYTHON), "-c", program]
    return median(float(subprocess.check_output(command, text=True)) for _ in range(REPEATED)) * 1000


def wheel_bytes() -> int:
    """The size of the wheel that `make wheel` has built."""
    found = list(Path(WHEELS).glob("*.whl"))
    if len(found) != 1:
        raise SystemExit(f"proxykit: {WHEELS} must hold one wheel (make wheel), and has {len(found)}")
    return found[0].stat().st_size


def lines() -> str:
    """Both, for people; and what a part of the standard library costs there."""
    statements = ("import proxykit", "from proxykit import Manager", "import asyncio")
    times = ", ".join(f"`{statement}` {import_milliseconds(statement):.0f} ms" for statement in statements)
    return f"On this machine {times}. The wheel has {wheel_bytes() / 2**20:.1f} MiB."
