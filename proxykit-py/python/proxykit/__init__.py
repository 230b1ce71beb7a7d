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

from ._events import Events
from ._handlers import Request, Response
from ._manager import Manager
from ._proxykit import __version__
from ._values import Backend, Balancer, Event, EventKind, HealthCheck, HostHeader, Reply, Route, Seconds
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
    "BindFailedError",
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
    "Manager",
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
    "Seconds",
    "StartFailedError",
    "StoppedError",
    "TimedOutError",
    "WrongThreadError",
    "__version__",
]
