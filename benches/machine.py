"""The machine that is measured on, and how its cores are divided."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path
from typing import NamedTuple


class Cores(NamedTuple):
    """Who runs where. The proxy has its cores for itself."""

    proxy: tuple[int, ...]
    backend: tuple[int, ...]
    load: tuple[int, ...]


def divide(workers: int) -> Cores:
    """A core for each of the proxy's workers, one for the backend, the rest for the load.

    Where there are too few, backend and load share what is left.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < workers + 1:
        raise SystemExit(f"proxykit: {workers} workers need {workers + 1} cores, and there are {len(cores)}")
    proxy, rest = tuple(cores[:workers]), tuple(cores[workers:])
    return Cores(proxy, rest[:1], rest[1:] or rest)


def busy_seconds(cores: tuple[int, ...]) -> float:
    """The time since the start of the machine in which these cores have worked for anybody."""
    busy = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *counts = line.split()
        if name in {f"cpu{core}" for core in cores}:
            # Beside `idle` and `iowait`; what guests have is in `user` already.
            busy += sum(map(int, counts[:8])) - int(counts[3]) - int(counts[4])
    return busy / os.sysconf("SC_CLK_TCK")


def first_match(pattern: str, text: str, otherwise: str) -> str:
    """What the pattern's group finds first."""
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else otherwise


def version(command: list[str]) -> str:
    """The first version number that a program says."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return first_match(r"(\d+\.\d+[\w.+~-]*)", done.stdout + done.stderr, "?")


def describe() -> dict[str, str]:
    """What results depend on, for their heading."""
    memory = first_match(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), "0")
    cpu = first_match(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(), platform.machine())
    hypervisor = " (virtual)" if "hypervisor" in Path("/proc/cpuinfo").read_text() else ""
    return {
        "CPU": f"{cpu}{hypervisor}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{int(memory) / 2**20:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
    }
