"""Clients as people use them: curl and h2load."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from conformance.model import Case, Family, check
from conformance.recorder import OK, Connection, answering
from conformance.stage import Stage

CURL = [
    "curl",
    "-sS",
    "--max-time",
    "30",
    "-w",
    "\n%{http_version} %{http_code} %{size_download} %{size_upload}",
]


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 0, f"{command[0]}: {done.stderr.strip() or done.stdout[-200:]}")
    return done.stdout


def both(name: str, call: Callable[[Stage, list[str]], str]) -> list[Case]:
    """A call of curl over HTTP/1.1, and over HTTP/2 by prior knowledge."""
    return [
        Case(
            f"curl: {name}", "curl", lambda stage: call(stage, [*CURL, "--http1.1", url(stage.proxy.http1)])
        ),
        Case(
            f"curl: {name} (HTTP/2)",
            "curl",
            lambda stage: call(stage, [*CURL, "--http2-prior-knowledge", url(stage.proxy.http2)]),
        ),
    ]


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}/x?y"


def get(_: Stage, curl: list[str]) -> str:
    body, seen = run(*curl).rsplit("\n", 1)
    check(body == "ok" and seen.split()[1] == "200", f"{body!r} {seen!r}")
    return seen


def head(_: Stage, curl: list[str]) -> str:
    seen = run(*curl, "-I").rsplit("\n", 1)[1]
    check(seen.split()[1] == "200", seen)
    return seen


def upload(*flags: str) -> Callable[[Stage, list[str]], str]:
    def call(stage: Stage, curl: list[str]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "data")
            path.write_bytes(bytes(range(256)) * 8192)
            seen = run(*curl, "-T", str(path), *flags).rsplit("\n", 1)[1]
            check(seen.split()[1] == "200", seen)
            check(stage.passed_on()[0].body == path.read_bytes(), "the backend got other bytes")
        return seen

    return call


def form(stage: Stage, curl: list[str]) -> str:
    seen = run(*curl, "-F", "a=1", "-F", "b=x;type=text/plain").rsplit("\n", 1)[1]
    passed = stage.passed_on()[0]
    check(seen.split()[1] == "200" and b'name="b"' in passed.body, seen)
    return seen


def ranges(stage: Stage, curl: list[str]) -> str:
    part = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/4\r\nContent-Length: 2\r\n\r\nbc"
    stage.backend.begin(answering(part))
    body, seen = run(*curl, "-r", "1-2").rsplit("\n", 1)
    check(body == "bc" and seen.split()[1] == "206", f"{body!r} {seen!r}")
    check(stage.passed_on()[0].get(b"range") == b"bytes=1-2", "the range was lost")
    return seen


def download(stage: Stage, curl: list[str]) -> str:
    def behave(connection: Connection) -> None:
        if connection.read_request() is not None:
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (16 << 20))
            connection.send(bytes(range(256)) * 65536)

    stage.backend.begin(behave)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data")
        seen = run(*curl, "-o", str(path))
        check(path.read_bytes() == bytes(range(256)) * 65536, "curl got other bytes")
    return seen.strip()


def broken(stage: Stage, curl: list[str]) -> str:
    """Curl must know that what it got is not the whole."""
    stage.backend.begin(
        answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", close=True)
    )
    done = subprocess.run([*curl, "-o", "/dev/null"], capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode != 0, "curl takes it for whole")
    return f"curl ends with {done.returncode}"


def load(*flags: str) -> Callable[[Stage], str]:
    def call(stage: Stage) -> str:
        stage.backend.begin(answering(OK))
        port = stage.proxy.http1 if "--h1" in flags else stage.proxy.http2
        shown = run("h2load", "-n", "3000", *flags, f"http://127.0.0.1:{port}/")
        seen = re.search(r"requests: .*?(\d+) succeeded, (\d+) failed, (\d+) errored", shown)
        codes = re.search(r"status codes: (\d+) 2xx", shown)
        counts = seen.groups() if seen else ()
        check(counts == ("3000", "0", "0") and codes and codes[1] == "3000", shown[-400:])
        return "3000 succeeded"

    return call


FAMILIES = [
    Family(
        "Clients",
        "curl and h2load",
        [
            *both("GET", get),
            *both("HEAD", head),
            *both("an upload", upload()),
            *both("an upload that waits for 100", upload("-H", "Expect: 100-continue")),
            *both("an upload of unknown length", upload("-H", "Transfer-Encoding: chunked")),
            *both("a form", form),
            *both("a range", ranges),
            *both("a download of 16 MiB", download),
            *both("an answer that breaks off", broken),
            Case("h2load: HTTP/1.1, 20 clients", "h2load", load("--h1", "-c", "20")),
            Case("h2load: HTTP/2, 4 clients, 32 streams", "h2load", load("-c", "4", "-m", "32")),
            Case("h2load: HTTP/2, 1 client, 100 streams", "h2load", load("-c", "1", "-m", "100")),
        ],
    )
]  # fmt: skip
