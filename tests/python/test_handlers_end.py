"""The interpreter ends while handlers run. Each program runs in a process of its own."""

from __future__ import annotations

import os
from http.client import HTTPException
from threading import Event, Thread

import pytest

from support import DEADLINE, Program, request, send

PROGRAM = """
import os, sys, threading, time
from proxykit import Manager

manager = Manager(workers=1)
in_call, go_on = threading.Event(), threading.Event()

@manager.handler("/x")
def handler(request):
    if request.query == "hold":
        in_call.set()
        go_on.wait()
        # Behind the wait it needs the interpreter for a while.
        total = sum(range(1_000_000))
        print("done", flush=True)
    return "fine"

manager.start("127.0.0.1:0")
print("listening on", manager.address, flush=True)
"""


def program(text: str) -> Program:
    return Program("-W", "ignore::DeprecationWarning", "-c", PROGRAM + text)


@pytest.mark.parametrize("end", ["", "sys.exit()", "sys.kept = manager", "del manager"])
def test_the_interpreter_ends_while_handlers_answer(end: str) -> None:
    for _ in range(5):
        with program(f"sys.stdin.readline()\n{end}") as ending:
            address = ending.address()
            stop = Event()

            def ask(address: str = address, stop: Event = stop) -> None:
                while not stop.is_set():
                    try:
                        request(address, "/x")
                    except (OSError, HTTPException):
                        break

            clients = [Thread(target=ask, daemon=True) for _ in range(4)]
            for client in clients:
                client.start()
            assert request(address, "/x").body == "fine"
            ending.go_on()
            assert ending.end() == (0, "", "")
            stop.set()
            for client in clients:
                client.join(DEADLINE)


@pytest.mark.parametrize("stop", ["", "manager.stop(0)", "del manager, handler"])
def test_the_interpreter_waits_for_a_handler_that_runs(stop: str) -> None:
    with program(f"""
in_call.wait()
# The program's end does not wait for this thread, but for the handler.
timer = threading.Timer(0.3, go_on.set)
timer.daemon = True
timer.start()
{stop}
""") as ending:
        client, _ = send(ending.address(), "/x?hold")
        assert ending.end() == (0, "done\n", "")
        client.join(DEADLINE)


@pytest.mark.parametrize("work", ["sum(range(1000))", "manager.routes()", "time.sleep(0.001)"])
def test_ctrl_c_ends_the_waiting_for_a_handler(work: str) -> None:
    with program(f"""
@manager.handler("/endless")
def endless(request):
    in_call.set()
    while True:
        {work}

print("ready", flush=True)
in_call.wait()
try:
    print("ending", flush=True)
    while True:
        # Short, since a signal right before a sleep does not shorten it.
        time.sleep(0.01)
except KeyboardInterrupt:
    # Called behind the manager's stop, right before the waiting.
    import proxykit._proxykit as native
    end = native.end_calls
    native.end_calls = lambda: (print("waiting", flush=True), end())
""") as ending:
        address = ending.address()
        assert ending.line() == "ready"
        client, _ = send(address, "/endless")
        assert ending.line() == "ending"
        ending.interrupt()
        assert ending.line() == "waiting"
        ending.interrupt()
        status, _, errors = ending.end()
        assert (status, "KeyboardInterrupt" in errors) == (0, True), errors
        client.join(DEADLINE)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork")
def test_a_forked_child_ends_without_the_calls_of_its_parent() -> None:
    with program("""
in_call.wait()
child = os.fork()
if child == 0:
    sys.exit()
print("child:", os.waitpid(child, 0)[1], flush=True)
go_on.set()
""") as parent:
        client, _ = send(parent.address(), "/x?hold")
        assert parent.line() == "child: 0"
        assert parent.end() == (0, "done\n", "")
        client.join(DEADLINE)
