"""Programs of others: they run to their end, or for as long as a block of code."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from support import DEADLINE, accepts, wait_until


def free_port() -> int:
    """A port for a program that cannot say which one it took."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def run(*command: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A server that accepts connections at this port, for as long as the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: process.poll() is not None or accepts(f"127.0.0.1:{port}"))
        assert process.poll() is None, command
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def nghttpd(folder: Path, port: int, *options: str) -> Iterator[str]:
    """A server that speaks nothing but HTTP/2 without TLS, and shows the files of a folder; its target."""
    command = ["nghttpd", "--no-tls", f"--htdocs={folder}", "--address=127.0.0.1", *options, str(port)]
    with running(command, port):
        yield f"h2c://127.0.0.1:{port}"


@contextmanager
def haproxy(folder: Path, config: str, port: int) -> Iterator[None]:
    """HAProxy with these sections, which listen at this port."""
    file = folder / "haproxy.cfg"
    times = "\n".join(f"    timeout {name} {int(DEADLINE)}s" for name in ["connect", "client", "server"])
    file.write_text(f"global\n    nbthread 1\ndefaults\n{times}\n{dedent(config)}")
    with running(["haproxy", "-db", "-f", str(file)], port):
        yield


@contextmanager
def nginx(folder: Path, server: str, port: int) -> Iterator[None]:
    """nginx with what stands in this `server`, which listens at this port; its files are in the folder."""
    file = folder / "nginx.conf"
    kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    paths = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    file.write_text(f"""
        daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{}}
        http {{ access_log off; {paths} server {{ {server} }} }}
    """)
    with running(["nginx", "-p", str(folder), "-c", str(file)], port):
        yield
