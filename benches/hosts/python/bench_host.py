"""A proxy in a Python program, until SIGTERM; called as the C program `bench_host` is."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from proxykit import Manager


def is_setting(word: str) -> bool:
    """Whether a word of a route is `NAME=VALUE` and no target."""
    return "=" in word and "://" not in word


def typed(settings: list[str]) -> dict[str, object]:
    """Options as keywords: what is a list, a number or a switch has its own type in Python."""
    found: dict[str, object] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name in ("tls_certificates", "tls_keys"):
            found[name] = value.split(",")
        elif value in ("true", "false"):
            found[name] = value == "true"
        else:
            found[name] = int(value) if value.isdigit() else value
    return found


def main() -> None:
    """Serve until SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    listen, routes, *settings = sys.argv[1:]
    with Manager(**typed(settings)) as manager:
        for line in Path(routes).read_text().splitlines():
            prefix, *words = line.split()
            options = typed([word for word in words if is_setting(word)])
            manager.add_route(prefix, [word for word in words if not is_setting(word)], **options)
        manager.start(listen)
        print(f"listening {manager.address}", flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


main()
