"""What all measurements stand on: a folder, the cores, the backend, the proxies that take part."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benches.backend import Backend, backend, make_certificate
from benches.machine import Cores, divide
from benches.proxies import NOT_UNASKED, PEERS, Certificate, Peer, Proxy, Route, Setup


@dataclass(frozen=True)
class Stage:
    """The means of a run. `seconds` is how long each load lasts, `rounds` how often each is repeated."""

    folder: Path
    cores: Cores
    backend: Backend
    certificate: Certificate
    workers: int
    rounds: int
    seconds: int

    def setup(self, backend: str, **more: Any) -> Setup:
        """One route to the backend of this name."""
        return Setup(routes=(Route("/", (getattr(self.backend, backend),)),), workers=self.workers, **more)

    def start(self, peer: Peer, setup: Setup) -> Proxy:
        """Start a proxy on the proxies' cores. Its program is the caller's to stop."""
        folder = self.folder / peer.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return peer.start(setup, folder, self.cores.proxy)

    @contextmanager
    def running(self, peers: Sequence[Peer], setups: Mapping[str, Setup]) -> Iterator[dict[str, Proxy]]:
        """These proxies, with the setup of each by its name."""
        with ExitStack() as stack:
            proxies = {}
            for peer in peers:
                proxies[peer.name] = self.start(peer, setups[peer.name])
                stack.enter_context(proxies[peer.name].program)
            yield proxies


def taking_part(names: Sequence[str], more: Sequence[str] = ()) -> tuple[Peer, ...]:
    """The peers of these names, or all that take part unasked; and these more."""
    if unknown := [name for name in names if name not in PEERS]:
        raise SystemExit(f"proxykit: no such proxy: {', '.join(unknown)}; there are {', '.join(PEERS)}")
    wanted = [PEERS[name] for name in names] or [p for p in PEERS.values() if p not in NOT_UNASKED]
    wanted += [PEERS[name] for name in more if PEERS[name] not in wanted]
    found = []
    for peer in wanted:
        missing = [program for program in peer.executables if shutil.which(program) is None]
        if missing and not (peer.optional and not names):
            raise SystemExit(f"proxykit: {peer.title} needs {', '.join(missing)}")
        if not missing:
            found.append(peer)
    return tuple(found)


@contextmanager
def on_cores(cores: Sequence[int]) -> Iterator[None]:
    """Keep this process itself off the proxies' cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def allow_open_files() -> None:
    """Let the programs open as many files as the system allows; the usual limit of 1024 is too few."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def stage(workers: int, rounds: int, seconds: int) -> Iterator[Stage]:
    """Set all up, and take it down."""
    cores = divide(workers)
    allow_open_files()
    with TemporaryDirectory(prefix="proxykit-bench-") as name:
        folder = Path(name)
        # nginx gives up the rights of root, and its workers still have to come to their files.
        folder.chmod(0o755)
        certificate = make_certificate(folder)
        with on_cores(cores.load), backend(folder, cores.backend, certificate) as running:
            yield Stage(folder, cores, running, certificate, workers, rounds, seconds)
