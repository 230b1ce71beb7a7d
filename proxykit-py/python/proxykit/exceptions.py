"""The exceptions of Proxy Kit: one base, and a class for each kind of error that a call can raise.

Each has a number, ``code``, and a name, ``name``; both are the same in every language and never change.
Where Python has a natural class for the kind, that is a base as well: ``except KeyError`` catches a missing
route.
"""

from __future__ import annotations

from errno import EADDRINUSE

__all__ = [
    "AddressInUseError",
    "AlreadyStartedError",
    "BackendNotFoundError",
    "BindFailedError",
    "ForkedError",
    "InvalidAddressError",
    "InvalidArgumentError",
    "InvalidCertificateError",
    "InvalidOptionError",
    "InvalidPrefixError",
    "InvalidTargetError",
    "InvalidUtf8Error",
    "NotStartedError",
    "PanicError",
    "ProxyKitError",
    "RouteExistsError",
    "RouteIsHandlerError",
    "RouteNotFoundError",
    "StartFailedError",
    "StoppedError",
    "TimedOutError",
    "WrongThreadError",
]


class ProxyKitError(Exception):
    """The base of all errors that Proxy Kit raises.

    Attributes
    ----------
    code : int
        The stable number of the kind, such as 1201.
    name : str
        The stable name of the kind, such as ``"route_exists"``.
    """

    code: int = 0
    name: str = "unknown"


class InvalidUtf8Error(ProxyKitError, UnicodeError):
    """A text holds what UTF-8 has no form for: half of a surrogate pair."""

    code, name = 1002, "invalid_utf8"


class InvalidArgumentError(ProxyKitError, ValueError):
    """An argument is out of its range."""

    code, name = 1003, "invalid_argument"


class PanicError(ProxyKitError, RuntimeError):
    """A panic was caught: a defect of Proxy Kit. Please report it."""

    code, name = 1004, "panic"


class InvalidPrefixError(ProxyKitError, ValueError):
    """A route's prefix is not a path prefix."""

    code, name = 1101, "invalid_prefix"


class InvalidTargetError(ProxyKitError, ValueError):
    """A backend's target is not a URL that Proxy Kit can send to."""

    code, name = 1102, "invalid_target"


class InvalidAddressError(ProxyKitError, ValueError):
    """An address to listen on cannot be read."""

    code, name = 1103, "invalid_address"


class InvalidOptionError(ProxyKitError, ValueError):
    """An option's value is out of its range, or two options contradict each other."""

    code, name = 1104, "invalid_option"


class InvalidCertificateError(ProxyKitError, ValueError):
    """A certificate's or key's file is missing or no PEM, it has expired, or the two are no pair."""

    code, name = 1105, "invalid_certificate"


class RouteExistsError(ProxyKitError, ValueError):
    """There is a route with this prefix already."""

    code, name = 1201, "route_exists"


class RouteNotFoundError(ProxyKitError, KeyError):
    """There is no route with this prefix."""

    code, name = 1202, "route_not_found"
    __str__ = Exception.__str__  # that of KeyError puts a text in quotes


class BackendNotFoundError(ProxyKitError, KeyError):
    """The route has no backend with this target."""

    code, name = 1203, "backend_not_found"
    __str__ = Exception.__str__  # that of KeyError puts a text in quotes


class RouteIsHandlerError(ProxyKitError, ValueError):
    """The route has a handler, and takes no backends."""

    code, name = 1204, "route_is_handler"


class AddressInUseError(ProxyKitError, OSError):
    """The address to listen on is in use."""

    code, name = 1301, "address_in_use"
    errno: int | None = EADDRINUSE


class BindFailedError(ProxyKitError, OSError):
    """The address to listen on cannot be bound for another reason, which ``errno`` tells if it is known."""

    code, name = 1302, "bind_failed"


class NotStartedError(ProxyKitError, RuntimeError):
    """The call needs a manager that was started."""

    code, name = 1303, "not_started"


class AlreadyStartedError(ProxyKitError, RuntimeError):
    """The manager was started before."""

    code, name = 1304, "already_started"


class StoppedError(ProxyKitError, RuntimeError):
    """The manager was stopped, and does not start again."""

    code, name = 1305, "stopped"


class ForkedError(ProxyKitError, RuntimeError):
    """The process is a fork of the one that started the manager; its threads are not here."""

    code, name = 1306, "forked"


class WrongThreadError(ProxyKitError, RuntimeError):
    """The call would wait for the very thread that makes it."""

    code, name = 1307, "wrong_thread"


class StartFailedError(ProxyKitError, OSError):
    """The operating system gave no thread, no event queue, or no descriptor."""

    code, name = 1308, "start_failed"


class TimedOutError(ProxyKitError, TimeoutError):
    """The time that the caller gave ran out."""

    code, name = 1309, "timed_out"


_BY_CODE: dict[int, type[ProxyKitError]] = {globals()[name].code: globals()[name] for name in __all__}


def _from_native(code: int, name: str, message: str, os_error: int | None) -> ProxyKitError:
    """The native part's error as an exception; a kind without a class of its own is a ``ProxyKitError``."""
    error = _BY_CODE.get(code, ProxyKitError)(message)
    if type(error) is ProxyKitError:
        error.code, error.name = code, name
    elif isinstance(error, OSError) and os_error is not None:
        error.errno = os_error
    return error
