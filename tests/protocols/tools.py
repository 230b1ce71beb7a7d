"""Programs of others: they run to their end, or for as long as a block of code."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import DEADLINE, accepts, wait_until


def run(*command: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def nghttpd(folder: Path, port: int) -> Iterator[str]:
    """A server that speaks nothing but HTTP/2 without TLS, and shows the files of a folder; its target."""
    command = ["nghttpd", "--no-tls", f"--htdocs={folder}", "--address=127.0.0.1", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: accepts(f"127.0.0.1:{port}"))
        yield f"h2c://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
