"""What the command line may say."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import NoReturn

from .._balancers import BalancerName, HostHeader
from .._proxykit import __version__
from . import flags
from .output import complain


class Options(argparse.Namespace):
    """The parsed command line: what each of the `flags` says, by its name."""

    command: str
    listen: str | None
    routes: list[tuple[str, list[str]]]
    stop_deadline: float
    settings: list[tuple[str, str]]
    workers: int
    balancer: BalancerName
    host_header: HostHeader
    strip_prefix: bool
    connect_timeout: float
    response_head_timeout: float
    health_check: bool
    health_interval: float
    health_timeout: float
    health_rise: int
    health_fall: int
    health_jitter: float
    management: str
    management_token: str | None
    management_hosts: list[str]
    trusted_proxies: list[str]
    proxy_protocol: list[str]
    tls_certificates: list[str]
    tls_keys: list[str]
    client_ca: str | None


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("argument COMMAND: invalid choice"):
            # The word may be a token: that of a flag which stands too far to the left.
            message = "unknown command; it must be one of serve, demo"
        complain(f"{message} (see {self.prog} --help)")
        self.exit(2)


def parse(arguments: Sequence[str] | None) -> Options:
    """Read the command line; the process ends here if it asks for help or cannot be read."""
    parser = _Parser(prog="proxykit", description="A reverse proxy.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"proxykit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        usage="%(prog)s [--listen ADDRESS] [--route PREFIX=URL,...]... [FLAG]...",
        help="serve routes until a signal comes",
        epilog="Each TIME is written as 5s, 200ms or 1m30s.",
        allow_abbrev=False,
    )
    flags.add_serve_flags(serve)
    demo = commands.add_parser("demo", help="try a proxy before two sample backends", allow_abbrev=False)
    flags.add_demo_flags(demo)
    options, unknown = parser.parse_known_args(arguments, Options())
    if unknown:
        # Its name only: the value of a mistyped --management-token must not be shown.
        parser.error(f"unknown argument {unknown[0].partition('=')[0]!r}")
    if options.command == "serve":
        _complete(options, serve)
    return options


def _complete(options: Options, parser: _Parser) -> None:
    """Do what argparse cannot: read the token's variable, and refuse what means nothing."""
    for name, _ in options.settings:
        if hasattr(options, name):
            parser.error(f"argument --set: the option {name!r} has a flag of its own")
    if options.management_token is None:
        options.management_token = os.environ.get(flags.TOKEN_VARIABLE)
    if options.management == "off" and not any(targets for _, targets in options.routes):
        parser.error("with --management off, at least one --route PREFIX=URL is needed")
