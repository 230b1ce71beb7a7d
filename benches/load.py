"""The programs that make load. A request that fails fails the run: an error is never counted as speed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benches.process import pinned

HERE = Path(__file__).parent
PROGRAM = HERE.parent / "target/release/proxykit-load"


class LoadError(Exception):
    """Requests failed, or the load's program did."""


@dataclass(frozen=True)
class Load:
    """What was asked and answered."""

    requests: float
    seconds: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


@dataclass(frozen=True)
class Latency:
    """How long requests took from the moment at which each was due, in microseconds."""

    p50: float
    p99: float
    p999: float


def run(command: Sequence[str], cores: Sequence[int], seconds: float) -> str:
    """What the program says; it has a while longer than it was told to work."""
    done = subprocess.run(
        pinned(command, cores), capture_output=True, text=True, timeout=seconds + 30, check=False
    )
    if done.returncode != 0:
        raise LoadError(f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def number(pattern: str, text: str) -> int:
    """The number that the pattern's group finds."""
    found = re.search(pattern, text)
    if not found:
        raise LoadError(f"{pattern!r} is not in {text!r}")
    return int(found[1])


def wrk(
    url: str,
    connections: int,
    seconds: int,
    cores: Sequence[int],
    *,
    close: bool = False,
    body: int = 0,
    size: int = 0,
    fields: Sequence[str] = (),
) -> Load:
    """A closed loop of HTTP/1.1: as many requests under way as there are connections.

    With `close` each request has a connection of its own; with `body` each is a POST of so many bytes. Each
    has these fields as well. With `size`, that of an answer, answers are counted by their bytes: many large
    ones are half done at the end.
    """
    threads = min(len(cores) or 1, connections)
    options = [f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    options += [option for field in fields for option in ("-H", field)]
    command = ["wrk", *options, "-s", str(HERE / "wrk.lua"), url]
    said = run([*command, "--", "close" if close else "keep", str(body)], cores, seconds)
    found = json.loads(said.rsplit("\n--\n", 1)[1])
    errors = {kind: count for kind, count in found["errors"].items() if count}
    if errors or not found["requests"]:
        raise LoadError(f"wrk at {url}: {found}")
    answers = found["bytes"] / size if size else found["requests"]
    return Load(answers, found["microseconds"] / 1e6)


def h2load(
    url: str, connections: int, streams: int, seconds: int, cores: Sequence[int], options: Sequence[str] = ()
) -> Load:
    """A closed loop of HTTP/2, or with `--h1` of HTTP/1.1: so many requests at a time on each connection."""
    threads = min(len(cores) or 1, connections)
    shape = [f"-t{threads}", f"-c{connections}", f"-m{streams}", f"-D{seconds}"]
    said = run(["h2load", *shape, *options, url], cores, seconds)
    succeeded = number(r"(\d+) succeeded", said)
    bad = number(r"(\d+) failed", said) + number(r"(\d+) errored", said) + number(r"(\d+) timeout", said)
    bad += sum(number(rf"(\d+) {kind}xx", said) for kind in (3, 4, 5))
    if bad or not succeeded:
        raise LoadError(f"h2load at {url}: {said}")
    return Load(succeeded, float(seconds))


def asker(command: Sequence[str], seconds: float, cores: Sequence[int]) -> Load:
    """A closed loop of the program that is written here."""
    found = report([*command, "--duration", str(seconds), "--warmup", "0"], seconds, cores)
    return Load(found["count"], found["seconds"])


def open_loop(
    url: str, rate: float, connections: int, seconds: float, cores: Sequence[int]
) -> tuple[Load, Latency]:
    """Requests that are due at a fixed rate, whether or not those before them are answered.

    Each one's time counts from when it was due, so that a proxy that stalls gains nothing from the requests
    that waited for it.
    """
    options = ["--rate", f"{rate:.0f}", "--connections", str(connections), "--duration", str(seconds)]
    found = report(["http1", url, *options], seconds, cores)
    latency = found["latency_us"]
    return Load(found["count"], found["seconds"]), Latency(latency["p50"], latency["p99"], latency["p99.9"])


def report(command: Sequence[str], seconds: float, cores: Sequence[int]) -> dict[str, Any]:
    """What the program that is written here says in its line of JSON."""
    found: dict[str, Any] = json.loads(run([str(PROGRAM), *command], cores, seconds))
    if found["errors"] or not found["count"]:
        raise LoadError(f"{' '.join(command)}: {found}")
    return found
