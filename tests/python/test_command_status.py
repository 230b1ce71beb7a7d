"""``proxykit status``, ``add``, ``remove`` and ``completion``, as their users have them."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from proxykit import Manager
from support import DEADLINE, Backend, proxykit, request

TOKEN = {**os.environ, "PROXYKIT_MANAGEMENT_TOKEN": "secret"}


@pytest.fixture
def running(served: Manager, backend: Backend) -> Manager:
    served.add_route("/x", [backend.url])
    served.add_route("/empty", balancer="ip_hash")
    served.handle("/own", lambda _: "own")
    for _ in range(3):
        request(served.address, "/x/")
    return served


def output(*arguments: str, env: dict[str, str] | None = None) -> str:
    with proxykit(*arguments, env=env) as command:
        status, output, errors = command.end()
    assert (status, errors) == (0, "")
    return output


def test_the_table_is_plain_when_it_is_piped(running: Manager, backend: Backend) -> None:
    head, *lines = output("status", "--management", running.address).splitlines()
    expected = "ROUTE BALANCER BACKEND HEALTH IN FLIGHT LOAD REQUESTS 5XX FAILURES RETRIES"
    assert head.split() == expected.split()
    assert [line.split() for line in lines] == [
        ["/empty/", "ip_hash", "(no", "backends)", "0", "0"],
        ["/own/", "round_robin", "(handler)", "0", "0"],
        ["/x/", "round_robin", backend.url, "healthy", "0", "1", "3", "0", "0", "0"],
    ]
    # Each column begins, or ends, where its head does.
    assert lines[2].index("healthy") == head.index("HEALTH")
    assert lines[2].index("3", lines[2].index("healthy")) == head.index("REQUESTS") + len("REQUESTS") - 1
    assert "\x1b" not in head


def test_json_is_what_the_api_says(running: Manager, backend: Backend) -> None:
    routes = json.loads(output("status", "--management", running.address, "--json"))["routes"]
    assert [route["prefixPath"] for route in routes] == ["/empty/", "/own/", "/x/"]
    assert routes[2]["targets"][0]["counters"]["requests"] == 3


def test_a_terminal_gets_a_live_table_in_colours(running: Manager) -> None:
    main, side = pty.openpty()
    command = str(Path(sys.executable).with_name("proxykit"))
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "160"}
    watching = subprocess.Popen(
        [command, "status", "--management", f"http://{running.address}", "--interval", "20ms"],
        stdout=side,
        stderr=subprocess.PIPE,
        env=env,
    )
    os.close(side)
    try:
        seen = ""
        # The rate is known from the second look on.
        while not re.search(r"\x1b\[32mhealthy", seen) or len(re.findall("Proxy Kit", seen)) < 3:
            seen += os.read(main, 65536).decode(errors="replace")
        watching.send_signal(signal.SIGINT)
        # A terminal that nobody reads holds up who writes to it.
        while True:
            try:
                if not os.read(main, 65536):
                    break
            except OSError:
                break
        _, errors = watching.communicate(timeout=DEADLINE)
        assert (watching.returncode, errors) == (0, b"")
    finally:
        watching.kill()
        watching.wait()
        os.close(main)


def test_backends_are_added_and_removed(tmp_path: Path) -> None:
    socket = f"unix:{tmp_path}/management.sock"
    with Manager(workers=1, management=socket, management_token="secret") as manager:
        manager.add_route("/x", ["http://a"])
        manager.start("127.0.0.1:0")
        where = ["--management", socket]
        assert output("add", "/x", "http://a", "http://b", *where, env=TOKEN) == "1 added\n"
        assert [backend.target for backend in manager["/x"]] == ["http://a", "http://b"]
        told = output("remove", "/x", "http://a", *where, "--management-token", "secret", "--json")
        assert json.loads(told) == {"removed": 1}
        with proxykit("status", *where) as command:
            status, _, errors = command.end()
        assert (status, errors.count("\n")) == (1, 1)
        assert errors.startswith(f"proxykit: {socket}: ")


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["status", "--management", "127.0.0.1:1"], 1, "no proxy answers at 127.0.0.1:1"),
        (["status", "--management", "unix:/no/such.sock"], 1, "no proxy answers at unix:/no/such.sock"),
        (["status", "--management", "ftp://h"], 2, "invalid address 'ftp://h'"),
        (["status", "--management", "h:port"], 2, "invalid address 'h:port'"),
        (["status", "--interval", "5"], 2, "--interval"),
        (["add", "/x"], 2, "URL"),
        (["completion", "cmd"], 2, "'cmd'"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str], status: int, text: str) -> None:
    with proxykit(*arguments) as command:
        ended, written, errors = command.end()
    assert (ended, written) == (status, "")
    assert errors.startswith("proxykit: ")
    assert errors.count("\n") == 1
    assert text in errors


def test_what_the_proxy_refuses_is_said(running: Manager) -> None:
    where = ["--management", running.address]
    for arguments, text in [
        (["add", "/none", "http://a"], '"/none/"'),
        (["add", "/x", "ftp://a"], '"ftp://a"'),
        (["remove", "/own", "http://a"], '"/own/"'),
    ]:
        with proxykit(*arguments, *where) as command:
            status, _, errors = command.end()
        assert (status, errors.count("\n")) == (1, 1)
        assert text in errors


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_can_complete_the_command(shell: str) -> None:
    script = output("completion", shell)
    for word in ("serve", "status", "--balancer", "least_connections", "--interval"):
        assert word in script
    if shell == "bash":
        words = "COMP_WORDS=(proxykit st); COMP_CWORD=1; _shtab_proxykit proxykit st proxykit"
        check = f'{script}\n{words}; echo "${{COMPREPLY[@]}}"'
        completed = subprocess.check_output(["bash", "-c", check], text=True)
        assert completed.split() == ["status"]


def test_the_command_needs_no_extra(tmp_path: Path, running: Manager) -> None:
    for name in ("rich", "shtab"):
        (tmp_path / f"{name}.py").write_text("raise ModuleNotFoundError(__name__)")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert "healthy" in output("status", "--once", "--management", running.address, env=env)
    with proxykit("completion", "bash", env=env) as command:
        status, _, errors = command.end()
    assert (status, errors.count("\n")) == (1, 1)
    assert "proxykit[cli]" in errors
