"""What is given to a manager, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ._balancers import Balancer
from ._durations import Duration
from .exceptions import BackendNotFoundError

EventKind = Literal[
    "started",
    "stopped",
    "route_added",
    "route_removed",
    "backend_added",
    "backend_removed",
    "backend_healthy",
    "backend_unhealthy",
    "certificates_reloaded",
    "certificates_refused",
    "events_lost",
]
"""What has happened. Later versions may have more of them."""


@dataclass(frozen=True)
class HealthCheck:
    """How the backends of a route are checked: by opening a TCP connection to them.

    The first probe goes out when the backend is added (or the manager starts). A backend counts as healthy
    until a check says otherwise. The values are checked when a manager is given them.

    Parameters
    ----------
    interval : float, timedelta or str, default 5.0
        The time between two probes: 1 ms to 10 years.
    timeout : float, timedelta or str, default 2.0
        The time that a probe may take: 1 ms to 10 years.
    rise : int, default 1
        How many probes in a row must succeed before an unhealthy backend is healthy: 1 or more.
    fall : int, default 1
        How many probes in a row must fail before a healthy backend is unhealthy: 1 or more.
    jitter : float, default 0.1
        The share of `interval` by which each wait is shortened or lengthened at random: 0 to 1.
    """

    interval: Duration = 5.0
    timeout: Duration = 2.0
    rise: int = 1
    fall: int = 1
    jitter: float = 0.1


@dataclass(frozen=True)
class Backend:
    """A backend as it was at the moment of asking.

    Attributes
    ----------
    target : str
        Its URL in the normal form.
    healthy : bool
        What its checks say.
    in_flight : int
        How many requests and tunnels are in flight to it.
    load : float
        What was reported of its load: 1 until then.
    """

    target: str
    healthy: bool
    in_flight: int
    load: float = 1.0


@dataclass(frozen=True)
class Route:
    """A route as it was at the moment of asking: a collection of its backends.

    ``for backend in route`` gives them in their order, ``route["http://localhost:8081"]`` the one with that
    target as it is told, ``in`` takes a target or a `Backend`.

    Attributes
    ----------
    prefix : str
        Its prefix in the normal form.
    balancer : Balancer
        How a backend is picked.
    backends : tuple of Backend
        Its backends, in the order in which they were added.
    is_handler : bool
        Whether the program answers its requests itself; it has no backends then.
    """

    prefix: str
    balancer: Balancer
    backends: tuple[Backend, ...]
    is_handler: bool = False

    def __iter__(self) -> Iterator[Backend]:
        return iter(self.backends)

    def __len__(self) -> int:
        return len(self.backends)

    def __bool__(self) -> bool:
        # A route without backends is a route.
        return True

    def __contains__(self, backend: object) -> bool:
        return backend in self.backends or any(own.target == backend for own in self.backends)

    def __getitem__(self, target: str) -> Backend:
        for backend in self.backends:
            if backend.target == target:
                return backend
        raise BackendNotFoundError(f"the route {self.prefix!r} has no backend {target!r}")


@dataclass(frozen=True)
class Reply:
    """An answer of the management API.

    Attributes
    ----------
    status : int
        The HTTP status.
    body : bytes
        JSON.
    allow : str or None
        The value of the header ``Allow``, if the status is 405.
    """

    status: int
    body: bytes
    allow: str | None = None


@dataclass(frozen=True)
class Event:
    """Something that has happened in a manager. What its kind does not speak of is None.

    Attributes
    ----------
    kind : str
        What has happened. A route comes before its backends, and goes behind them; nothing is told of the
        health of a backend that is gone. ``"stopped"`` is the last one.
    prefix : str or None
        The route that it happened to, or to a backend of which.
    target : str or None
        The backend that it happened to.
    address : str or None
        Of ``"started"``: where connections are accepted, if there is a listener.
    message : str or None
        Why, in words for people: how the last check of ``"backend_unhealthy"`` failed, and what is wrong with
        the files of ``"certificates_refused"``.
    count : int or None
        Of ``"stopped"``: how many requests and tunnels were cut off. Of ``"events_lost"``: how many events
        would stand here, had they been taken in time.
    """

    kind: EventKind
    prefix: str | None = None
    target: str | None = None
    address: str | None = None
    message: str | None = None
    count: int | None = None
