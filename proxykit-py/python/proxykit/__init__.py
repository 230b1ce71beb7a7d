"""A reverse proxy that a program loads into itself.

A :class:`Manager` is the whole proxy: its routes, its listeners, its threads. A route is a path prefix with
its backends; a backend is one URL that requests are sent to. Both come and go while traffic flows.

Examples
--------
>>> from proxykit import Manager
>>> manager = Manager()
>>> manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"])
>>> manager.list_backends("/proxy/")[0].target
'http://localhost:8081'
"""

from . import _interpreter  # noqa: F401 (first of all, since it may refuse)
from ._balancers import Balancer, BalancerName, HostHeader
from ._durations import Duration
from ._events import Events
from ._handlers import Request, Response
from ._manager import Manager
from ._options import ManagerOptions, RouteOptions
from ._proxykit import __version__
from ._status import Status
from ._values import (
    Backend,
    Connections,
    Counters,
    Event,
    EventKind,
    HealthCheck,
    Reply,
    Route,
    Totals,
)
from .exceptions import (
    AddressInUseError,
    AlreadyStartedError,
    BackendNotFoundError,
    BindFailedError,
    ForkedError,
    InvalidAddressError,
    InvalidArgumentError,
    InvalidCertificateError,
    InvalidOptionError,
    InvalidPrefixError,
    InvalidTargetError,
    InvalidUtf8Error,
    NotStartedError,
    PanicError,
    ProxyKitError,
    RouteExistsError,
    RouteIsHandlerError,
    RouteNotFoundError,
    StartFailedError,
    StoppedError,
    TimedOutError,
    WrongThreadError,
)

__all__ = [
    "AddressInUseError",
    "AlreadyStartedError",
    "Backend",
    "BackendNotFoundError",
    "Balancer",
    "BalancerName",
    "BindFailedError",
    "Connections",
    "Counters",
    "Duration",
    "Event",
    "EventKind",
    "Events",
    "ForkedError",
    "HealthCheck",
    "HostHeader",
    "InvalidAddressError",
    "InvalidArgumentError",
    "InvalidCertificateError",
    "InvalidOptionError",
    "InvalidPrefixError",
    "InvalidTargetError",
    "InvalidUtf8Error",
    "Manager",
    "ManagerOptions",
    "NotStartedError",
    "PanicError",
    "ProxyKitError",
    "Reply",
    "Request",
    "Response",
    "Route",
    "RouteExistsError",
    "RouteIsHandlerError",
    "RouteNotFoundError",
    "RouteOptions",
    "StartFailedError",
    "Status",
    "StoppedError",
    "TimedOutError",
    "Totals",
    "WrongThreadError",
    "__version__",
]
