"""What type checkers are told is true."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import proxykit
from proxykit import Balancer, BalancerName, EventKind, HealthCheck, HostHeader, Manager, _proxykit
from proxykit._cli.arguments import Options, parse

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / "proxykit-py" / "pyproject.toml"


def run(*arguments: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert result.returncode == 0, result.stdout


def test_the_stub_is_what_the_native_part_has() -> None:
    run("mypy.stubtest", "proxykit._proxykit", "--mypy-config-file", str(CONFIGURATION))


@pytest.mark.parametrize("folder", ["proxykit-py/python", "examples/python", "tests/python"])
def test_all_code_is_typed(folder: str) -> None:
    run("mypy", "--config-file", str(CONFIGURATION), folder)


def test_pyright_finds_nothing_either() -> None:
    # It reads the editable package where it stands, as an installed one.
    run(
        "pyright",
        "--pythonpath",
        sys.executable,
        "proxykit-py/python",
        "examples/python",
        "tests/python/typed_usage.py",
    )


def test_the_words_are_the_cores() -> None:
    manager = Manager()
    for number, balancer in enumerate(Balancer):
        manager.add_route(f"/balancer/{number}", balancer=balancer)
    assert set(get_args(get_args(BalancerName)[1])) == set(Balancer)
    for host_header in get_args(HostHeader):
        manager.add_route(f"/host/{host_header}", host_header=host_header)
    assert list(get_args(EventKind)) == _proxykit.event_kinds()
    with pytest.raises(proxykit.InvalidOptionError, match=", ".join(Balancer)):
        manager.add_route("/x", balancer="fastest")  # type: ignore[arg-type]


def test_the_defaults_are_the_commands() -> None:
    options = parse(["serve"])
    unlike = ("self", "prefix", "targets", "health_check", "management_token", "options")
    for function in (Manager.__init__, Manager.add_route):
        for name, parameter in inspect.signature(function).parameters.items():
            if name not in unlike:
                default = parameter.default
                assert getattr(options, name) == (list(default) if default == () else default), name
    check = HealthCheck()
    for name in HealthCheck.__dataclass_fields__:
        assert getattr(options, f"health_{name}") == getattr(check, name), name
    assert options.stop_deadline == inspect.signature(Manager.stop).parameters["deadline"].default
    assert set(vars(options)) == set(Options.__annotations__)
