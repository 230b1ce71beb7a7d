"""What is given to a manager, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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

LogLevel = Literal["error", "warn", "info", "debug"]
"""How much a record of the log matters, from what matters most."""


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

    Examples
    --------
    >>> HealthCheck(interval="200ms", fall=3)
    HealthCheck(interval='200ms', timeout=2.0, rise=1, fall=3, jitter=0.1)
    """

    interval: Duration = 5.0
    timeout: Duration = 2.0
    rise: int = 1
    fall: int = 1
    jitter: float = 0.1


@dataclass(frozen=True)
class Counters:
    """What was counted since the beginning. None of them ever gets smaller.

    Of a backend and of a route the beginning is when it was added, of the manager when it was made.

    Attributes
    ----------
    requests : int
        Requests that were answered: the sum of the four classes below, and of the answers that changed the
        protocol (101). Of a backend those that it has answered itself; of a route and of the manager what
        clients were answered, also by the proxy and by handlers.
    responses_2xx : int
        Answers with a status from 200 to 299.
    responses_3xx : int
        Answers with a status from 300 to 399.
    responses_4xx : int
        Answers with a status from 400 to 499.
    responses_5xx : int
        Answers with a status from 500 up.
    connect_failures : int
        Attempts that found no connection: refused, too late, or without TLS.
    timeouts : int
        Attempts whose answer did not begin in time, and answers that stood still or took too long.
    broken_responses : int
        Attempts whose connection ended before the answer, answers that are not HTTP, and answers that broke
        off.
    retries : int
        Attempts for requests that had failed before, elsewhere or here.
    """

    requests: int = 0
    responses_2xx: int = 0
    responses_3xx: int = 0
    responses_4xx: int = 0
    responses_5xx: int = 0
    connect_failures: int = 0
    timeouts: int = 0
    broken_responses: int = 0
    retries: int = 0


@dataclass(frozen=True)
class Connections:
    """The connections of clients to the proxy.

    Attributes
    ----------
    open : int
        How many there are now.
    accepted : int
        How many were let in.
    refused : int
        How many were closed at once, for ``connection_limit`` or ``client_connection_limit``.
    """

    open: int = 0
    accepted: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Totals:
    """What was counted in the manager as a whole.

    Attributes
    ----------
    counters : Counters
        Of all routes, those that were removed among them, and of requests that no route took.
    connections : Connections
        The connections of clients.
    """

    counters: Counters
    connections: Connections


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
    counters : Counters
        What was counted since it was added.
    """

    target: str
    healthy: bool
    in_flight: int
    load: float = 1.0
    counters: Counters = field(default=Counters(), repr=False)


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
    counters : Counters
        What was counted since it was added, also at backends that it has no more.
    """

    prefix: str
    balancer: Balancer
    backends: tuple[Backend, ...]
    is_handler: bool = False
    counters: Counters = field(default=Counters(), repr=False)

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


@dataclass(frozen=True)
class LogRecord:
    """A line of a manager's log.

    Attributes
    ----------
    level : str
        How much it matters: ``"error"``, ``"warn"``, ``"info"`` or ``"debug"``.
    category : str
        What it speaks of: ``"lifecycle"``, ``"routes"``, ``"health"``, ``"certificates"``, ``"management"``,
        ``"handlers"``, ``"requests"`` or ``"log"``.
    message : str
        What has happened, to what, and why, on one line for people. Its words may change.
    event : Event or None
        The event that it tells of, if it tells of one.
    """

    level: LogLevel
    category: str
    message: str
    event: Event | None = None
