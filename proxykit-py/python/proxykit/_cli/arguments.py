"""What the command line may say."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import NoReturn

from .._balancers import BalancerName, HostHeader
from .._proxykit import __version__
from . import flags
from .completion import SHELLS
from .output import complain

COMMANDS = ("serve", "demo", "status", "add", "remove", "completion")


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


class RemoteOptions(argparse.Namespace):
    """The parsed command line of a command that speaks with a running proxy."""

    command: str
    address: str
    management_token: str | None
    json: bool
    once: bool
    interval: float
    prefix: str
    targets: list[str]


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("argument COMMAND: invalid choice"):
            # The word may be a token: that of a flag which stands too far to the left.
            message = f"unknown command; it must be one of {', '.join(COMMANDS)}"
        complain(f"{message} (see {self.prog} --help)")
        self.exit(2)


def make_parser() -> tuple[argparse.ArgumentParser, _Parser]:
    """Give the parser of the command, and that of ``serve``."""
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
    status = commands.add_parser(
        "status", help="show routes and backends of a running proxy", allow_abbrev=False
    )
    flags.add_status_flags(status)
    for name in ("add", "remove"):
        text = f"{name} backends {'to' if name == 'add' else 'of'} a running proxy's route"
        flags.add_change_flags(commands.add_parser(name, help=text, allow_abbrev=False))
    completion = commands.add_parser("completion", help="what a shell needs to complete this command")
    completion.add_argument("shell", choices=SHELLS)
    return parser, serve


def parse(arguments: Sequence[str] | None) -> Options:
    """Read the command line; the process ends here if it asks for help or cannot be read."""
    parser, serve = make_parser()
    options, unknown = parser.parse_known_args(arguments, Options())
    if unknown:
        # Its name only: the value of a mistyped --management-token must not be shown.
        parser.error(f"unknown argument {unknown[0].partition('=')[0]!r}")
    if options.command == "serve":
        _complete(options, serve)
    elif options.command in ("status", "add", "remove") and options.management_token is None:
        options.management_token = os.environ.get(flags.TOKEN_VARIABLE)
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
