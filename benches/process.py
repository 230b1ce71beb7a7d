"""Programs under measurement: started on cores of their own, watched through /proc, ended wholly."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

DEADLINE = 20.0
TICK = 1.0 / os.sysconf("SC_CLK_TCK")


class ProgramError(Exception):
    """A program did not start, or ended by itself."""


class CpuTime(NamedTuple):
    """Seconds of CPU time. The scheduler's account of the total is exact; how it divides is sampled."""

    total: float
    sampled_user: float
    sampled_system: float

    @property
    def user(self) -> float:
        """What was spent in the program itself."""
        return self.total - self.system

    @property
    def system(self) -> float:
        """What was spent in the kernel."""
        sampled = self.sampled_user + self.sampled_system
        return self.total * self.sampled_system / sampled if sampled else 0.0

    def since(self, before: CpuTime) -> CpuTime:
        """What was used since an earlier reading."""
        return CpuTime(*(now - then for now, then in zip(self, before)))


def free_port() -> int:
    """A port for a program that cannot choose one and say which."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether somebody listens on this port of the machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition, and fail if it does not hold in time."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise ProgramError(f"{what}: not within {DEADLINE:.0f} s")
        time.sleep(0.002)


def pinned(command: Sequence[str], cores: Sequence[int]) -> list[str]:
    """The command on these cores only; on any if there are none."""
    return ["taskset", "-c", ",".join(map(str, cores)), *command] if cores else list(command)


class Program:
    """A program in a process group of its own. Its output goes to `FOLDER/NAME.log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        cores: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                pinned(command, cores),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def check(self) -> None:
        """Fail if it has ended."""
        if self.process.poll() is not None:
            said = self.log.read_text(errors="replace")
            raise ProgramError(f"{self.name} ended with {self.process.returncode}:\n{said}")

    def wait_for_port(self, port: int) -> Program:
        """Wait until it listens there."""

        def ready() -> bool:
            self.check()
            return accepts(port)

        try:
            wait_until(ready, f"{self.name} listens on port {port}")
        except BaseException:
            self.stop()
            raise
        return self

    def announced_port(self) -> int:
        """The port that it chose itself, from its first line, `HOST:PORT` or `listening HOST:PORT`."""
        port = 0

        def said() -> bool:
            nonlocal port
            self.check()
            if found := re.search(
                r"^(?:listening )?[\d.]+:(\d+)\n", self.log.read_text(errors="replace"), re.M
            ):
                port = int(found[1])
            return port != 0

        try:
            wait_until(said, f"{self.name} says where it listens")
        except BaseException:
            self.stop()
            raise
        return port

    def processes(self) -> list[int]:
        """The processes of its group: itself, and the workers that it has started."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with suppress(OSError):
                    if os.getpgid(int(entry)) == self.process.pid:
                        found.append(int(entry))
        return found

    def cpu_time(self) -> CpuTime:
        """What all its threads have used until now."""
        total = user = system = 0.0
        for process in self.processes():
            running = 0.0
            for thread in Path(f"/proc/{process}/task").iterdir():
                # A thread may end between the listing and the reading; what little it used is lost.
                with suppress(FileNotFoundError, ProcessLookupError):
                    running += int((thread / "schedstat").read_text().split()[0]) / 1e9
            # The name in the second field may hold spaces and parentheses.
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks = int(fields[11]) * TICK, int(fields[12]) * TICK
            user, system = user + ticks[0], system + ticks[1]
            # Only these know of threads that have ended: a proxy may have one for each connection.
            total += max(running, sum(ticks))
        return CpuTime(total, user, system)

    def memory(self) -> int:
        """Bytes of memory as PSS: what is shared counts by its share."""
        total = 0
        for process in self.processes():
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def stop(self) -> None:
        """End the whole group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(3)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
