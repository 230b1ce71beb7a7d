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

from importlib import import_module

from . import _interpreter  # noqa: F401 (first of all, since it may refuse)

# As type checkers know it from `typing`, whose import would take longer than all that is done here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._balancers import Balancer, BalancerName, HostHeader
    from ._durations import Duration
    from ._events import Events, Log
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
        LogLevel,
        LogRecord,
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
    "Log",
    "LogLevel",
    "LogRecord",
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

# Where the names are. Each is loaded when it is asked for: a program that only may need them starts faster.
_HOMES = {
    "_balancers": "Balancer BalancerName HostHeader",
    "_durations": "Duration",
    "_events": "Events Log",
    "_handlers": "Request Response",
    "_manager": "Manager",
    "_options": "ManagerOptions RouteOptions",
    "_proxykit": "__version__",
    "_status": "Status",
    "_values": (
        "Backend Connections Counters Event EventKind HealthCheck LogLevel LogRecord Reply Route Totals"
    ),
    "exceptions": (
        "AddressInUseError AlreadyStartedError BackendNotFoundError BindFailedError ForkedError "
        "InvalidAddressError InvalidArgumentError InvalidCertificateError InvalidOptionError "
        "InvalidPrefixError InvalidTargetError InvalidUtf8Error NotStartedError PanicError "
        "ProxyKitError RouteExistsError RouteIsHandlerError RouteNotFoundError StartFailedError "
        "StoppedError TimedOutError WrongThreadError "
    ),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load a name."""
        if name not in _HOME:
            raise AttributeError(f"module 'proxykit' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"proxykit.{_HOME[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOME})
