"""Side by side: what a request costs each proxy, how many it serves, what it holds in memory meanwhile."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from statistics import median
from threading import Timer

from benches.machine import busy_seconds
from benches.process import ProgramError
from benches.proxies import Peer, Proxy
from benches.rounds import interleaved
from benches.scenarios import Scenario
from benches.stage import Stage


@dataclass(frozen=True)
class Sample:
    """What one load found of one proxy. Times are microseconds of CPU time for each request.

    `disturbance` is the time that others had on the proxy's cores, as a share of the proxy's own.
    """

    user: float
    system: float
    rate: float
    memory: int
    disturbance: float

    @property
    def cpu(self) -> float:
        """User and system time together."""
        return self.user + self.system


# The samples of each proxy, by its name.
Samples = dict[str, "list[Sample]"]


def compare(stage: Stage, scenario: Scenario, peers: Sequence[Peer]) -> Samples:
    """Measure the peers in interleaved rounds. All of them run all the time; who is not asked, waits."""
    setups = {peer.name: scenario.setup(stage, peer.is_relay) for peer in peers}
    with stage.running(peers, setups) as proxies:
        if scenario.path:
            wanted = get(int(stage.backend.http.rpartition(":")[2]), scenario.path)
            for proxy in proxies.values():
                if get(proxy.port, scenario.path) != wanted:
                    raise ProgramError(f"{proxy.program.name} does not give the backend's answer")
        return interleaved(list(proxies), stage.rounds, lambda name: sample(stage, scenario, proxies[name]))


def sample(stage: Stage, scenario: Scenario, proxy: Proxy) -> Sample:
    """Put one proxy under load for a while."""
    program = proxy.program
    memory: list[int] = []
    # In the midst of the load: who gives back what idle connections do not need has given back nothing yet.
    look = Timer(stage.seconds * 0.6, lambda: memory.append(program.memory()))
    look.start()
    try:
        cpu, busy = program.cpu_time(), busy_seconds(stage.cores.proxy)
        load = scenario.load(stage, proxy)
        used, all_used = program.cpu_time().since(cpu), busy_seconds(stage.cores.proxy) - busy
    finally:
        look.join()
    program.check()
    return Sample(
        user=used.user / load.requests * 1e6,
        system=used.system / load.requests * 1e6,
        rate=load.rate,
        memory=memory[0],
        disturbance=max(0.0, all_used - used.total) / used.total,
    )


def get(port: int, path: str) -> tuple[int, bytes]:
    """The status and the body of an answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as client:
        client.request("GET", path)
        answer = client.getresponse()
        return answer.status, answer.read()


def middle(samples: Sequence[Sample], measure: str) -> float:
    """The median of a field."""
    return median(getattr(one, measure) for one in samples)
