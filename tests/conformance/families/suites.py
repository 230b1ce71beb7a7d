"""Test suites of others: h2spec for HTTP/2, Autobahn for WebSocket."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from conformance.model import Family, NotApplicable, Result, Suite
from conformance.proxies import free_port
from conformance.recorder import Behaviour, Connection, answering
from conformance.stage import Stage
from support import accepts, wait_until

#: Where `make conformance` puts the two.
H2SPEC = os.environ.get("H2SPEC", "build/tools/h2spec")
WSTEST = os.environ.get("WSTEST", "build/tools/autobahn/bin/wstest")
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000


def needs(tool: str) -> str:
    if not Path(tool).is_file():
        raise NotApplicable(f"{tool} is missing")
    return str(Path(tool).absolute())


def h2spec(stage: Stage) -> dict[str, Result]:
    stage.backend.begin(answering(PAGE))
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [
            needs(H2SPEC),
            "-h",
            "127.0.0.1",
            "-p",
            str(stage.proxy.http2),
            "-o",
            "2",
            "-S",
            "-j",
            str(report),
        ]
        subprocess.run(command, capture_output=True, timeout=300, check=False)
        found: dict[str, Result] = {}
        for suite in ElementTree.parse(report).getroot():
            for number, test in enumerate(suite, 1):
                # Its other counts start anew in each section: with the number, no two names are the same.
                name = f"{test.get('package')}/{number}: {test.get('classname')}"
                found[name] = outcome(test)
    return found


def outcome(test: ElementTree.Element) -> Result:
    if test.find("skipped") is not None:
        return Result("n/a", "skipped")
    failure = test.find("failure")
    if failure is None:
        failure = test.find("error")
    if failure is None:
        return Result("pass", "as it should")
    return Result("fail", " ".join("".join(failure.itertext()).split())[:160] or "failed")


@contextmanager
def echo_server() -> Iterator[int]:
    """The echo server that the suite brings along."""
    port = free_port()
    command = [needs(WSTEST), "-m", "testeeserver", "-w", f"ws://127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: process.poll() is not None or accepts(f"127.0.0.1:{port}"))
        assert process.poll() is None, "the echo server has ended: its port was taken meanwhile"
        yield port
    finally:
        process.kill()
        process.wait()


def fuzz(port: int) -> dict[str, dict[str, Any]]:
    """What the suite says of the server at this port; the cases that measure speed and compression are left out."""
    with tempfile.TemporaryDirectory() as folder:
        spec = {
            "outdir": f"{folder}/reports",
            "servers": [{"agent": "server", "url": f"ws://127.0.0.1:{port}", "options": {"version": 18}}],
            "cases": ["*"],
            "exclude-cases": ["9.3.*", "9.4.*", "9.5.*", "9.6.*", "9.7.*", "9.8.*", "12.*", "13.*"],
            "exclude-agent-cases": {},
        }
        path = Path(folder, "spec.json")
        path.write_text(json.dumps(spec))
        command = [needs(WSTEST), "-m", "fuzzingclient", "-s", str(path)]
        subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=True)
        reports = json.loads(Path(folder, "reports", "index.json").read_text())
    return dict(reports["server"])


_LOCK = Lock()
_DIRECT: dict[str, dict[str, Any]] = {}


def direct() -> dict[str, dict[str, Any]]:
    """The report without a proxy, made once."""
    with _LOCK:
        if not _DIRECT:
            with echo_server() as port:
                _DIRECT.update(fuzz(port))
        return _DIRECT


def relay(port: int) -> Behaviour:
    """Pass a connection on to the echo server: the proxies know of the recorder only."""

    def behave(connection: Connection) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as server:

            def back() -> None:
                with suppress(OSError):
                    while data := server.recv(262144):
                        connection.send(data)
                connection.close()

            thread = Thread(target=back, daemon=True)
            thread.start()
            head = connection.read_head() or b""
            seen = len(head)
            with suppress(OSError):
                # It wants to be called by its own port.
                server.sendall(re.sub(rb"(?im)^host:[^\r]*", b"Host: 127.0.0.1:%d" % port, head))
                server.sendall(connection.received[seen:])
                seen = len(connection.received)
                while connection.read():
                    server.sendall(connection.received[seen:])
                    seen = len(connection.received)
                server.shutdown(socket.SHUT_WR)
            thread.join(20)

    return behave


def autobahn(stage: Stage) -> dict[str, Result]:
    wanted = direct()
    with echo_server() as port:
        stage.backend.begin(relay(port))
        found = fuzz(stage.proxy.http1)
    results = {}
    for name, want in wanted.items():
        got = found.get(name, {})
        keys = ("behavior", "behaviorClose", "remoteCloseCode")
        same = all(got.get(key) == want.get(key) for key in keys)
        seen = "/".join(str(got.get(key)) for key in keys)
        results[name] = Result("pass", seen) if same else Result("fail", f"{seen}, without a proxy otherwise")
    return results


FAMILIES = [
    Family("h2spec", "its cases, the strict ones too", [Suite("h2spec", "9113, 7541", h2spec)]),
    Family("Autobahn", "the report is the same as without a proxy", [Suite("Autobahn", "6455", autobahn)]),
]
