"""The command ``proxykit``: the only part of Proxy Kit that prints and handles signals."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import cast

from .. import ProxyKitError
from .arguments import Options, RemoteOptions, make_parser, parse
from .completion import completion
from .demo import demo
from .output import complain
from .serve import serve

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and give its exit status: 0, 1 for what went wrong, 2 for what was asked wrongly."""
    options = parse(arguments)
    try:
        # Also where a shell had SIGINT ignored.
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.default_int_handler)
        return _run(options)
    except KeyboardInterrupt:
        # A signal before the proxy ran, or a second one while it stopped.
        return 0
    except ValueError as error:
        complain(error)
        return 2
    except (ProxyKitError, OSError) as error:
        complain(error)
        return 1
    finally:
        # The process ends now; one more signal would only spoil the terminal with a traceback.
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def _run(options: Options) -> int:
    if options.command == "serve":
        return serve(options)
    if options.command == "demo":
        return demo(options)
    if options.command == "completion":
        return completion(make_parser()[0], options.shell)
    # Here, since a client of HTTP costs the others' start more than all of them.
    from .status import add, remove, status

    # The parser gives each command what it takes.
    remote = cast("RemoteOptions", options)
    return {"status": status, "add": add, "remove": remove}[options.command](remote)
