"""The flags of each command. Defaults that are texts are read as if they were given."""

from __future__ import annotations

import re
from argparse import Action, ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import Any, get_args

from .._balancers import Balancer, HostHeader
from .._proxykit import parse_duration
from ..exceptions import InvalidOptionError

DEFAULT_LISTEN = "127.0.0.1:8080"
TOKEN_VARIABLE = "PROXYKIT_MANAGEMENT_TOKEN"
ADDRESS = "HOST:PORT, unix:PATH, fd:N, systemd or systemd:NAME"


def add_demo_flags(parser: ArgumentParser) -> None:
    """Add what ``proxykit demo`` takes."""
    parser.add_argument("--listen", metavar="ADDRESS", help=f"{ADDRESS} ({DEFAULT_LISTEN}, or a free port)")


def add_serve_flags(parser: ArgumentParser) -> None:
    """Add what ``proxykit serve`` takes."""
    add = parser.add_argument
    add("--listen", metavar="ADDRESS", default=DEFAULT_LISTEN, help=f"{ADDRESS} (%(default)s)")
    _add_repeated(
        add, "--route", "PREFIX[=URL,...]", "routes", "send paths below PREFIX to these backends", _route
    )
    add("--workers", metavar="N", type=_count, default=0, help="threads for requests (one for each core)")
    add(
        "--stop-deadline",
        metavar="TIME",
        type=_time,
        default="10s",
        help="for what is in flight at a signal (%(default)s)",
    )
    text = "any other option of the manager or of every route, by its name in docs/options.md"
    _add_repeated(add, "--set", "NAME=VALUE", "settings", text, _setting)
    _add_route_flags(parser)
    _add_health_flags(parser)
    _add_tls_flags(parser)
    _add_management_flags(parser)


def add_remote_flags(parser: ArgumentParser) -> None:
    """Add what all commands take that speak with a running proxy."""
    add = parser.add_argument
    text = f"its management API: HOST:PORT, a URL or unix:PATH ({DEFAULT_LISTEN})"
    add("--management", metavar="WHERE", dest="address", default=DEFAULT_LISTEN, help=text)
    add("--management-token", metavar="TOKEN", help=f"what it asks for; better set {TOKEN_VARIABLE}")
    add("--json", action="store_true", help="write JSON")


def add_status_flags(parser: ArgumentParser) -> None:
    """Add what ``proxykit status`` takes."""
    add_remote_flags(parser)
    parser.add_argument("--once", action="store_true", help="show it once, also on a terminal")
    text = "between two looks (%(default)s)"
    parser.add_argument("--interval", metavar="TIME", type=_time, default="1s", help=text)


def add_change_flags(parser: ArgumentParser) -> None:
    """Add what ``proxykit add`` and ``proxykit remove`` take."""
    parser.add_argument("prefix", metavar="PREFIX", help="the route")
    parser.add_argument("targets", metavar="URL", nargs="+", help="the backends")
    add_remote_flags(parser)


def _add_route_flags(parser: ArgumentParser) -> None:
    balancers, names = [balancer.value for balancer in Balancer], get_args(HostHeader)
    add = parser.add_argument_group("for every route").add_argument
    add("--balancer", choices=balancers, default="round_robin", help="how to pick a backend (%(default)s)")
    add("--host-header", choices=names, default="client", help="whose Host a backend sees (%(default)s)")
    add(
        "--keep-prefix",
        "--no-strip-prefix",
        dest="strip_prefix",
        action="store_false",
        help="do not take the prefix off a path",
    )
    add(
        "--connect-timeout", metavar="TIME", type=_time, default="5s", help="to reach a backend (%(default)s)"
    )
    add(
        "--response-head-timeout",
        metavar="TIME",
        type=_time,
        default="1m",
        help="for an answer to begin (%(default)s)",
    )
    _add_repeated(add, "--trusted-proxy", "NETWORK", "trusted_proxies", "believe its X-Forwarded-For")
    text = "its connections (or unix: those of unix sockets) begin with a PROXY protocol header"
    _add_repeated(add, "--proxy-protocol", "NETWORK", "proxy_protocol", text)


def _add_health_flags(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("health checks").add_argument
    add("--no-health-check", dest="health_check", action="store_false", help="take every backend for healthy")
    add("--health-interval", metavar="TIME", type=_time, default="5s", help="between probes (%(default)s)")
    add("--health-timeout", metavar="TIME", type=_time, default="2s", help="for a probe (%(default)s)")
    add(
        "--health-rise", metavar="N", type=_count, default=1, help="successes that make healthy (%(default)s)"
    )
    add(
        "--health-fall",
        metavar="N",
        type=_count,
        default=1,
        help="failures that make unhealthy (%(default)s)",
    )
    add("--health-jitter", metavar="SHARE", type=float, default=0.1, help="of the interval (%(default)s)")


def _add_tls_flags(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("TLS").add_argument
    chain = "speak TLS only, with this chain of certificates (PEM)"
    _add_repeated(add, "--tls-cert", "FILE", "tls_certificates", chain)
    _add_repeated(add, "--tls-key", "FILE", "tls_keys", "the key of the --tls-cert at the same place")
    add("--client-ca", metavar="FILE", help="let in only clients with certificates of these authorities")


def _add_management_flags(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("management API").add_argument
    add("--management", metavar="WHERE", default="same", help=f"same, off, {ADDRESS} (%(default)s)")
    token = f"what callers must give; better set {TOKEN_VARIABLE}, which the process list does not show"
    add("--management-token", metavar="TOKEN", help=token)
    _add_repeated(add, "--management-host", "NAME", "management_hosts", "answer to this name as well")


def _add_repeated(
    add: Callable[..., Action],
    flag: str,
    metavar: str,
    dest: str,
    text: str,
    kind: Callable[[str], Any] = str,
) -> None:
    text = f"{text}; may be repeated"
    add(flag, metavar=metavar, dest=dest, action="append", default=[], type=kind, help=text)


def _route(text: str) -> tuple[str, list[str]]:
    prefix, equals, targets = text.partition("=")
    if equals and not targets:
        raise ArgumentTypeError(f"invalid route {text!r}: a URL must follow the equals sign")
    return prefix, targets.split(",") if targets else []


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError("an option must be written NAME=VALUE")
    return name, value


def _count(text: str) -> int:
    # The range is the core's to check; here only what no machine's number holds.
    if not re.fullmatch("-?[0-9]{1,18}", text):
        raise ArgumentTypeError(f"invalid number {text!r}")
    return int(text)


def _time(text: str) -> float:
    try:
        return parse_duration(text)
    except InvalidOptionError as error:
        raise ArgumentTypeError(str(error)) from error
