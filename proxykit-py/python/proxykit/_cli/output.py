"""What the command writes."""

from __future__ import annotations

import os
import sys


def say(*lines: str) -> None:
    """Write lines to standard output, now; a reader that has gone away is no reason to end."""
    try:
        print(*lines, sep="\n", flush=True)
    except BrokenPipeError:
        # The interpreter writes what is left at its end, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def url(address: str, *, secure: bool = False) -> str:
    """An address as a client would write it."""
    if address.startswith("unix:"):
        return address
    return f"{'https' if secure else 'http'}://{address}"


def complain(problem: object) -> None:
    """Write one line to standard error."""
    print("proxykit:", *str(problem).splitlines(), file=sys.stderr)
