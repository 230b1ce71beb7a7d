"""``proxykit demo``: what it shows must work when it is pasted."""

from __future__ import annotations

import json
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from support import Program, accepts, proxykit, wait_until


def lines_to_try(command: Program) -> list[str]:
    lines: list[str] = []
    while (line := command.line()) != "Ctrl-C ends it.":
        assert line or not lines or lines[-1], f"the demo ended: {command.end()}"
        lines.append(line)
    return [line for line in lines if line.startswith("curl ")]


def paste(line: str) -> str:
    return subprocess.run(
        line.replace("curl ", "curl -sS --fail --max-time 30 ", 1),
        shell=True,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    ).stdout


@pytest.mark.parametrize("kind", ["port", "socket"])
def test_the_lines_work(kind: str, tmp_path: Path) -> None:
    listen = "127.0.0.1:0" if kind == "port" else f"unix:{tmp_path}/the demo's.sock"
    with proxykit("demo", "--listen", listen) as command:
        assert command.line().startswith("listening on ")
        through, listed, remove, add = lines_to_try(command)
        answers = [paste(through) for _ in range(2)]
        assert {answer.split()[0] for answer in answers} == {"blue", "green"}
        assert "backend saw GET /hello\n" in answers[0]
        assert "x-forwarded-proto: http\n" in answers[0]
        assert len(json.loads(paste(listed))["targets"]) == 2
        assert json.loads(paste(remove))["removedCount"] == 1
        assert len(json.loads(paste(listed))["targets"]) == 1
        assert json.loads(paste(add))["addedCount"] == 1
        assert len(json.loads(paste(listed))["targets"]) == 2


@pytest.mark.parametrize("signal", ["interrupt", "terminate"])
def test_a_signal_ends_it(signal: str) -> None:
    with proxykit("demo", "--listen", "127.0.0.1:0") as command:
        address = command.address()
        lines_to_try(command)
        getattr(command, signal)()
        assert command.end() == (0, "", "")
        assert not accepts(address)


def test_it_takes_a_free_port_if_the_usual_one_is_taken() -> None:
    with socket.socket() as taken:
        # If this fails, another program has the port: just as well.
        with suppress(OSError):
            taken.bind(("127.0.0.1", 8080))
            taken.listen()
        with proxykit("demo") as command:
            assert not command.address().endswith(":8080")


def test_an_address_that_was_asked_for_must_be_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with proxykit("demo", "--listen", f"127.0.0.1:{taken.getsockname()[1]}") as command:
            status, output, errors = command.end()
    assert (status, output) == (1, "")
    assert "is in use" in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("name", ["demo", "serve"])
def test_nobody_has_to_read_what_it_says(name: str, tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/proxy.sock"
    with proxykit(name, "--listen", address) as command:
        command.output.close()
        wait_until(lambda: accepts(address))
        command.terminate()
        assert command.end()[::2] == (0, "")
