"""What the tests share: real backends, real clients, programs of their own, and waiting with a deadline."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import NamedTuple

DEADLINE = 30.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, and fail if it does not hold in time."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "the condition did not hold in time"
        time.sleep(0.01)


class Answer(NamedTuple):
    status: int
    body: str
    headers: http.client.HTTPMessage


def request(
    address: str,
    target: str,
    *,
    method: str = "GET",
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Send one request to `HOST:PORT` or `unix:PATH`."""
    with closing(connection_to(address)) as connection:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.read().decode(), response.headers)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=DEADLINE)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(self.path)


def connection_to(address: str) -> http.client.HTTPConnection:
    if address.startswith("unix:"):
        return UnixConnection(address[len("unix:") :])
    return http.client.HTTPConnection(address, timeout=DEADLINE)


def accepts(address: str) -> bool:
    """Whether somebody accepts connections there."""
    with closing(connection_to(address)) as connection:
        try:
            connection.connect()
        except OSError:
            return False
        return True


class Backend(ThreadingHTTPServer):
    """A backend that answers with its name and the path and Host that it saw; `/hold` waits for `release`."""

    daemon_threads = True
    request_queue_size = 128  # with the usual five, many clients at once are kept waiting by the system

    def __init__(self, name: str = "backend", port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.name = name
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.held, self.release = Event(), Event()
        self._thread = Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Backend:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.release.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was cut off is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: Backend

    def do_GET(self) -> None:
        if self.path == "/hold":
            self.server.held.set()
            self.server.release.wait(2 * DEADLINE)
        body = f"{self.server.name} {self.path} {self.headers['host']}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def send(address: str, target: str) -> tuple[Thread, list[int]]:
    """Send a request on a thread of its own, and keep the status."""
    statuses: list[int] = []

    def send() -> None:
        # It may be cut off.
        with suppress(OSError, http.client.HTTPException):
            statuses.append(request(address, target).status)

    thread = Thread(target=send, daemon=True)
    thread.start()
    return thread, statuses


def hold(address: str, target: str, backend: Backend) -> Thread:
    """Send a request that the backend holds; it is in flight when this returns."""
    thread, _ = send(address, target)
    assert backend.held.wait(DEADLINE)
    return thread


class Program:
    """A Python program in a process of its own, which never outlives the block."""

    def __init__(
        self, *arguments: str, env: dict[str, str] | None = None, pass_fds: Collection[int] = ()
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
            pass_fds=pass_fds,
        )
        assert self._process.stdout is not None
        self.output = self._process.stdout
        self.process_id = self._process.pid

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def line(self) -> str:
        """The next line of its output."""
        return self.output.readline().rstrip("\n")

    def address(self, word: str = "listening") -> str:
        """The address in the line that says where it listens."""
        line = self.line()
        assert line.startswith(f"{word} on "), line or self.end()
        return line[len(f"{word} on ") :].removeprefix("http://")

    def go_on(self) -> None:
        """Send it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def end(self) -> tuple[int, str, str]:
        """Its exit status, and the rest of its output and errors, once it has ended."""
        output, errors = self._process.communicate(timeout=DEADLINE)
        return self._process.returncode, output, errors


def proxykit(*arguments: str, env: dict[str, str] | None = None, pass_fds: Collection[int] = ()) -> Program:
    """The command as its users have it."""
    command = str(Path(sys.executable).with_name("proxykit"))
    return Program(command, *arguments, env=env, pass_fds=pass_fds)
