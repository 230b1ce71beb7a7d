"""``proxykit serve``, as its users have it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from support import Backend, Program, accepts, hold, proxykit, request, wait_until

AT_ONCE = 10.0
LIST = "/endpoints/list?prefixPath=/x/"
ANYWHERE = ("serve", "--listen", "127.0.0.1:0")


def test_it_serves_routes(backend: Backend) -> None:
    with (
        Backend("two") as two,
        proxykit(
            *ANYWHERE, "--route", f"/x/={backend.url},{two.url}", "--route", f"/y={two.url}/base"
        ) as command,
    ):
        address = command.address()
        assert {request(address, "/x/a").body.split()[0] for _ in range(2)} == {"backend", "two"}
        assert request(address, "/y/a").body.startswith("two /base/a ")


@pytest.mark.parametrize("signal", ["interrupt", "terminate"])
def test_a_signal_lets_requests_finish(backend: Backend, signal: str) -> None:
    with proxykit(*ANYWHERE, "--route", f"/x={backend.url}", "--stop-deadline", "10m") as command:
        address = command.address()
        client = hold(address, "/x/hold", backend)
        getattr(command, signal)()
        wait_until(lambda: not accepts(address))
        assert client.is_alive()
        backend.release.set()
        assert command.end() == (0, "", "")


def test_a_second_signal_stops_at_once(backend: Backend) -> None:
    with proxykit(*ANYWHERE, "--route", f"/x={backend.url}", "--stop-deadline", "10m") as command:
        address = command.address()
        client = hold(address, "/x/hold", backend)
        command.terminate()
        wait_until(lambda: not accepts(address))
        begin = time.monotonic()
        command.terminate()
        assert command.end() == (0, "", "")
        assert time.monotonic() - begin < AT_ONCE
        client.join()


def test_what_is_cut_off_is_counted(backend: Backend) -> None:
    with proxykit(*ANYWHERE, "--route", f"/x={backend.url}", "--stop-deadline", "50ms") as command:
        hold(command.address(), "/x/hold", backend)
        command.terminate()
        assert command.end() == (0, "", "proxykit: 1 requests were cut off\n")


def test_every_flag(backend: Backend) -> None:
    flags = {
        "--balancer": "least_connections",
        "--host-header": "backend",
        "--workers": "2",
        "--health-interval": "100ms",
        "--health-timeout": "1s",
        "--health-rise": "2",
        "--health-fall": "3",
        "--health-jitter": "0",
        "--connect-timeout": "1m30s",
        "--response-head-timeout": "1h",
        "--stop-deadline": "0",
        "--management": "127.0.0.1:0",
        "--management-token": "secret",
        "--management-host": "admin.example",
        "--trusted-proxy": "10.0.0.0/8",
        "--proxy-protocol": "10.0.0.0/8",
    }
    words = [word for flag in flags.items() for word in flag]
    with proxykit(*ANYWHERE, "--route", f"/x={backend.url}", *words, "--keep-prefix") as command:
        address, management = command.address(), command.address("management")
        assert request(address, "/x/a").body == f"backend /x/a 127.0.0.1:{backend.server_port}"
        assert request(management, LIST).status == 401
        assert request(management, LIST, headers={"authorization": "Bearer secret"}).status == 200
        assert request(address, LIST).status == 404


@pytest.mark.parametrize("name", ["workers", "proxy_protocol", "connect_timeout", "management_token"])
def test_an_option_with_a_flag_is_given_by_that(name: str) -> None:
    with proxykit(*ANYWHERE, "--route", "/x", "--set", f"{name}=secret") as command:
        status, output, errors = command.end()
        assert (status, output) == (2, "")
        assert errors.startswith(f"proxykit: argument --set: the option {name!r} has a flag of its own")
        assert "secret" not in errors


def test_an_option_without_a_flag_is_given_by_its_name(backend: Backend) -> None:
    settings = ["--set", "forwarded_headers=forwarded", "--set", "send_proxy_protocol=off"]
    with proxykit(*ANYWHERE, "--route", f"/x={backend.url}", *settings) as command:
        assert request(command.address(), "/x/a").status == 200
    with proxykit(*ANYWHERE, "--route", "/x", "--set", "speed=9") as command:
        assert command.end() == (2, "", 'proxykit: there is no option "speed"\n')


def test_the_token_may_come_from_the_environment() -> None:
    env = {**os.environ, "PROXYKIT_MANAGEMENT_TOKEN": "secret"}
    with proxykit(*ANYWHERE, "--route", "/x", env=env) as command:
        address = command.address()
        assert request(address, LIST).status == 401
        assert request(address, LIST, headers={"authorization": "Bearer secret"}).status == 200


def test_a_proxy_may_begin_empty(backend: Backend) -> None:
    with proxykit(*ANYWHERE, "--route", "/x") as command:
        address = command.address()
        assert request(address, "/x/").status == 503
        body = json.dumps({"prefixPath": "/x", "targets": [backend.url]})
        assert request(address, "/endpoints/add", method="POST", body=body).status == 200
        assert request(address, "/x/").status == 200


def test_unix_sockets_on_both_sides(tmp_path: Path, backend: Backend) -> None:
    proxy, management = tmp_path / "proxy.sock", tmp_path / "management.sock"
    sockets = ["--listen", f"unix:{proxy}", "--management", f"unix:{management}"]
    with proxykit("serve", *sockets, "--route", f"/x={backend.url}") as command:
        assert command.line() == f"listening on unix:{proxy}"
        assert command.line() == f"management on unix:{management}"
        curl = ["curl", "-sS", "--fail", "--max-time", "30"]
        answer = subprocess.check_output([*curl, "--unix-socket", str(proxy), "http://localhost/x/a"])
        assert answer == b"backend /a localhost"
        listed = subprocess.check_output([*curl, "--unix-socket", str(management), f"http://localhost{LIST}"])
        assert json.loads(listed)["targets"][0]["target"] == backend.url
        command.terminate()
        assert command.end() == (0, "", "")
    assert not proxy.exists()
    assert not management.exists()


@pytest.mark.parametrize("flag", ["--listen", "--management"])
def test_a_port_in_use_is_one_line(backend: Backend, flag: str) -> None:
    address = f"127.0.0.1:{backend.server_port}"
    with proxykit(*ANYWHERE, flag, address) as command:
        status, output, errors = command.end()
    assert (status, output) == (1, "")
    assert errors.startswith("proxykit: ")
    assert errors.count("\n") == 1
    assert f'"{address}" is in use' in errors


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("", "COMMAND"),
        ("fly", "serve, demo"),
        ("serve --listen 8080", 'invalid address "8080"'),
        ("serve --route /x=ftp://h", 'invalid target "ftp://h"'),
        ("serve --route /a//b", 'invalid prefix "/a//b"'),
        ("serve --route /x=", "'/x='"),
        ("serve --route /x --route x/", '"/x/"'),
        ("serve --balancer fastest", "'fastest'"),
        ("serve --host-header both", "'both'"),
        ("serve --workers many", "'many'"),
        ("serve --workers -1", 'workers "-1"'),
        ("serve --workers 99999999999999999999999", "--workers: invalid number '99999999999999999999999'"),
        ("serve --health-rise 0", "health_rise 0"),
        ("serve --health-jitter nan", "health_jitter NaN"),
        ("serve --health-interval 5", 'invalid duration "5"'),
        ("serve --health-timeout 0s --route /x", "health_timeout 0"),
        ("serve --health-rise 0 --route /x", "health_rise 0"),
        ("serve --health-jitter 2 --route /x", "health_jitter 2"),
        ("serve --trusted-proxy 10.0.0.0/33", '"10.0.0.0/33"'),
        ("serve --management on", 'invalid management "on"'),
        ("serve --management off", "--route"),
        ("serve --management off --route /x", "--route"),
        ("serve --management-token", "--management-token"),
        ("serve --unheard-of=1", "'--unheard-of'"),
        ("demo --listen 8080", 'invalid address "8080"'),
        ("demo --route /x", "'--route'"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: str, text: str) -> None:
    with proxykit(*arguments.split()) as command:
        status, output, errors = command.end()
    assert (status, output) == (2, "")
    assert errors.startswith("proxykit: ")
    assert errors.count("\n") == 1
    assert text in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--management-token", "the secret"],
        ["serve", "--management-tokn=the secret"],
        ["serve", "--management-tokn", "the secret"],
        ["--management-token", "the secret", "serve"],
    ],
)
def test_a_token_is_never_shown(arguments: list[str]) -> None:
    with proxykit(*arguments) as command:
        status, output, errors = command.end()
    assert (status, output) == (2, "")
    assert "secret" not in errors


def test_help_and_version() -> None:
    for arguments, text in [
        (["--version"], "proxykit "),
        (["--help"], "serve"),
        (["serve", "--help"], "--health-interval"),
    ]:
        with proxykit(*arguments) as command, Program("-m", "proxykit", *arguments) as module:
            status, output, errors = command.end()
            assert (status, errors) == (0, "")
            assert text in output
            assert module.end() == (status, output, errors)
