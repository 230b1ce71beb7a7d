"""Manager and process: Ctrl-C, fork, and the interpreter's end. Each program runs in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from proxykit import Manager
from support import Backend, Program, accepts, hold, request, wait_until

# Ctrl-C is looked for every 100 ms; this is what a loaded machine may add.
AT_ONCE = 10.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and forks are those of Unix")


def program(text: str, *arguments: str) -> Program:
    # Since 3.12 a fork of a process with threads is warned of, which is what some programs are about.
    return Program("-W", "ignore::DeprecationWarning", "-c", PRELUDE + text, *arguments)


PRELUDE = """
import os, sys, threading
from proxykit import ForkedError, Manager

manager = Manager(workers=1)
manager.add_route("/x", sys.argv[1:])
manager.start("127.0.0.1:0")
print("listening on", manager.address, flush=True)
"""


@pytest.mark.parametrize("call", ["manager.wait()", "manager.wait(3600)"])
def test_ctrl_c_interrupts_waiting(call: str) -> None:
    with program(f"""
try:
    print("ready", flush=True)
    {call}
except KeyboardInterrupt:
    print("cut off:", manager.stop())
""") as waiting:
        waiting.address()
        assert waiting.line() == "ready"
        begin = time.monotonic()
        waiting.interrupt()
        assert waiting.end() == (0, "cut off: 0\n", "")
        assert time.monotonic() - begin < AT_ONCE


def test_ctrl_c_interrupts_stopping_and_stops_at_once(backend: Backend) -> None:
    text = """
try:
    manager.stop(3600)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.stdin.readline()
"""
    with program("sys.stdin.readline()" + text, backend.url) as stopping:
        address = stopping.address()
        client = hold(address, "/x/hold", backend)
        stopping.go_on()
        wait_until(lambda: not accepts(address))
        begin = time.monotonic()
        stopping.interrupt()
        assert stopping.line() == "interrupted"
        assert time.monotonic() - begin < AT_ONCE
        client.join(AT_ONCE)
        assert not client.is_alive(), "it was cut off"
        stopping.go_on()
        assert stopping.end() == (0, "", "")


def test_a_handler_that_does_not_raise_does_not_interrupt() -> None:
    with program("""
import signal
signal.signal(signal.SIGINT, lambda *_: print("seen", flush=True))
print("ready", flush=True)
threading.Thread(target=lambda: (sys.stdin.readline(), manager.stop(0))).start()
manager.wait()
print("stopped")
""") as waiting:
        waiting.address()
        assert waiting.line() == "ready"
        waiting.interrupt()
        assert waiting.line() == "seen"
        waiting.go_on()
        assert waiting.end() == (0, "stopped\n", "")


def test_signals_are_left_to_the_program(manager: Manager) -> None:
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD]
    before = [signal.getsignal(number) for number in numbers]
    manager.start("127.0.0.1:0")
    assert [signal.getsignal(number) for number in numbers] == before
    with program("manager.wait()") as waiting:
        waiting.address()
        waiting.terminate()
        assert waiting.end()[0] == -signal.SIGTERM


def test_a_forked_child_is_told(backend: Backend) -> None:
    with program(
        """
child = os.fork()
if child == 0:
    calls = [
        lambda: manager.add_route("/y"),
        lambda: manager.wait(1),
        lambda: manager.stop(1),
        lambda: manager.stop(0),
        lambda: manager.start("127.0.0.1:0"),
    ]
    for call in calls:
        try:
            call()
        except ForkedError as error:
            print(error.code)
    fresh = Manager(workers=1)
    fresh.start("127.0.0.1:0")
    fresh.stop(1)
    sys.exit()
_, status = os.waitpid(child, 0)
print("child:", status, flush=True)
sys.stdin.readline()
""",
        backend.url,
    ) as parent:
        address = parent.address()
        assert [parent.line() for _ in range(6)] == ["1306"] * 5 + ["child: 0"]
        assert request(address, "/x/").status == 200, "the parent goes on"
        parent.go_on()
        assert parent.end() == (0, "", "")


ENDS: dict[str, tuple[str, int]] = {
    "at the end of the program": ("", 0),
    "with a thread that waits": ("threading.Thread(target=manager.wait, daemon=True).start()", 0),
    "with a thread that calls": (
        """
def call():
    while True:
        manager.routes()
threading.Thread(target=call, daemon=True).start()
""",
        0,
    ),
    "with a thread that takes events": (
        "threading.Thread(target=lambda: list(manager.events()), daemon=True).start()",
        0,
    ),
    "with a reference that is never dropped": ("sys.kept = manager", 0),
    "by sys.exit": ("sys.exit(3)", 3),
    "by an exception": ("sys.excepthook = lambda *_: None\nraise ValueError", 1),
    "by os._exit": ("os._exit(4)", 4),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_interpreter_ends_while_a_manager_runs(end: str) -> None:
    text, status = ENDS[end]
    for _ in range(10):
        with program(text) as ending:
            address = ending.address()
            assert ending.end() == (status, "", "")
            assert not accepts(address)


def test_the_end_stops_a_manager_that_is_still_referred_to(tmp_path: Path) -> None:
    path = tmp_path / "proxy.sock"
    with Program(
        "-c",
        f"""
import ctypes, proxykit
manager = proxykit.Manager()
manager.start("unix:{path}")
print(manager.address)
ctypes.pythonapi.Py_IncRef(ctypes.py_object(manager))
""",
    ) as ending:
        assert ending.end() == (0, f"unix:{path}\n", "")
    assert not path.exists(), "only a stop removes it"


def test_the_interpreter_ends_while_a_request_is_in_flight(backend: Backend) -> None:
    with program("sys.stdin.readline()", backend.url) as ending:
        client = hold(ending.address(), "/x/hold", backend)
        ending.go_on()
        assert ending.end() == (0, "", "")
        client.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork")
def test_the_child_ends_its_own_managers_only() -> None:
    with program("""
if os.fork() == 0:
    sys.exit()
os.wait()
print("parent", flush=True)
sys.stdin.readline()
""") as parent:
        address = parent.address()
        assert parent.line() == "parent"
        assert accepts(address)
        parent.go_on()
        assert parent.end() == (0, "", "")
