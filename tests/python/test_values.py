"""What is given to a manager, in each way in which it may be given."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import timedelta
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import proxykit
from proxykit import (
    Backend,
    BackendNotFoundError,
    Balancer,
    HealthCheck,
    InvalidOptionError,
    Manager,
    ManagerOptions,
    Route,
    RouteOptions,
    TimedOutError,
    _proxykit,
)

TIMES: list[Any] = [timedelta(milliseconds=20), 0.02, "20ms", "0.02s"]
BAD_TIMES: list[Any] = [timedelta(days=-1), -1, "1 s", "", 0, 1e12]


PLACES: dict[str, Callable[[Manager, Any], object]] = {
    "connect_timeout": lambda manager, time: manager.add_route("/x", connect_timeout=time),
    "response_head_timeout": lambda manager, time: manager.add_route("/x", response_head_timeout=time),
    "queue_timeout": lambda manager, time: manager.add_route("/x", queue_timeout=time),
    "health_interval": lambda manager, time: manager.add_route("/x", health_interval=time),
    "interval": lambda manager, time: manager.add_route("/x", health_check=HealthCheck(interval=time)),
    "timeout": lambda manager, time: manager.add_route("/x", health_check=HealthCheck(timeout=time)),
    "handler_timeout": lambda manager, time: manager.handle("/x", lambda _: "", handler_timeout=time),
    "idle_timeout": lambda _, time: Manager(idle_timeout=time),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_time_may_be_written_in_every_way(manager: Manager, place: str) -> None:
    for time in TIMES:
        PLACES[place](manager, time)
        if "/x" in manager:
            manager.remove_route("/x")
    for time in BAD_TIMES:
        with pytest.raises(InvalidOptionError, match=place):
            PLACES[place](manager, time)
    with pytest.raises(TypeError, match=place):
        PLACES[place](manager, object())
    assert len(manager) == 0


@pytest.mark.parametrize("time", TIMES)
def test_a_limit_of_waiting_may_be_written_in_every_way(served: Manager, time: Any) -> None:
    with pytest.raises(TimedOutError):
        served.wait(time)
    with pytest.raises(TimedOutError):
        served.events().next(time)
    assert served.stop(time) == 0


def test_the_typed_options_are_the_cores() -> None:
    of_manager, of_route, _ = (dict(kinds) for kinds in _proxykit.option_kinds())
    own = {"workers", "management", "management_token", "management_hosts", "trusted_proxies"}
    assert set(ManagerOptions.__annotations__) | own == set(of_manager)
    own = {
        "balancer",
        "health_check",
        "strip_prefix",
        "host_header",
        "connect_timeout",
        "response_head_timeout",
    }
    assert set(RouteOptions.__annotations__) | own == set(of_route)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="reads the annotations, which are written for 3.10")
def test_the_typed_options_have_the_cores_kinds() -> None:
    kinds = {name: kind for options in _proxykit.option_kinds() for name, kind in options}
    samples = {"time": timedelta, "number": int, "size": int, "share": float, "switch": bool}
    for options in (ManagerOptions, RouteOptions):
        for name, hint in get_type_hints(options).items():
            if (wanted := samples.get(kinds[name])) is not None:
                assert wanted is hint or wanted in hint.__args__, name


def test_paths_and_several_texts_are_taken(manager: Manager, tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    for file in (missing, str(missing)):
        with pytest.raises(ValueError, match=r"missing\.pem"):
            manager.add_route("/x", upstream_ca=file)
        with pytest.raises(ValueError, match=r"missing\.pem"):
            Manager(tls_certificates=[file], tls_keys=(file,))


def test_values_are_frozen(manager: Manager) -> None:
    manager.add_route("/x", ["http://a"])
    for value, name in [
        (manager["/x"], "prefix"),
        (manager["/x"].backends[0], "healthy"),
        (HealthCheck(), "rise"),
        (manager.status(), "state"),
    ]:
        with pytest.raises(FrozenInstanceError):
            setattr(value, name, None)
    with pytest.raises(AttributeError):
        manager.adress = "127.0.0.1:80"  # type: ignore[attr-defined]


def test_a_balancer_is_its_value() -> None:
    value: str = Balancer.IP_HASH
    assert value == "ip_hash"
    assert f"{Balancer.IP_HASH} {Balancer.IP_HASH!s}" == "ip_hash ip_hash"
    assert repr(Balancer.IP_HASH) == "<Balancer.IP_HASH: 'ip_hash'>"
    assert {"ip_hash": 1}[Balancer.IP_HASH] == 1


def test_a_route_is_a_collection_of_its_backends() -> None:
    backends = (Backend("http://a", True, 0), Backend("http://b", False, 2))
    route = Route("/x/", Balancer.ROUND_ROBIN, backends)
    assert [backend.target for backend in route] == ["http://a", "http://b"]
    assert len(route) == 2
    assert "http://b" in route
    assert backends[0] in route
    assert "http://c" not in route
    assert route["http://b"].in_flight == 2
    with pytest.raises(BackendNotFoundError):
        route["http://c"]
    assert Route("/x/", Balancer.ROUND_ROBIN, ()), "it is there without backends"


def test_a_manager_is_a_collection_of_its_routes(manager: Manager) -> None:
    assert manager, "it is there without routes"
    manager.add_route("/b", ["http://a"])
    manager.handle("/a", lambda _: None)
    assert [route.prefix for route in manager] == ["/a/", "/b/"]
    assert len(manager) == 2
    assert "/b" in manager
    assert "/b/" in manager
    assert "/c" not in manager
    assert "//" not in manager
    assert 5 not in manager
    assert manager["b"].backends[0].target == "http://a"
    with pytest.raises(KeyError, match="there is no route '/c/'"):
        manager["/c"]


def test_the_import_is_light() -> None:
    program = "import sys; from proxykit import *; print(*sorted(sys.modules), sep='\\n')"
    modules = set(subprocess.check_output([sys.executable, "-c", program], text=True).split())
    heavy = {
        "asyncio",
        "logging",
        "argparse",
        "json",
        "http",
        "socket",
        "typing_extensions",
        "rich",
        "uvicorn",
        "html",
    }
    assert modules & heavy == set()


def test_every_public_name_is_loaded_when_it_is_asked_for() -> None:
    assert set(proxykit._HOME) == set(proxykit.__all__)
    for name in proxykit.__all__:
        assert getattr(proxykit, name) is not None
        assert name in dir(proxykit)
    with pytest.raises(AttributeError, match="no attribute 'Manger'"):
        proxykit.Manger  # type: ignore[attr-defined]  # noqa: B018
    program = "import sys, proxykit; print(*sys.modules, sep='\\n')"
    modules = set(subprocess.check_output([sys.executable, "-c", program], text=True).split())
    assert not {"proxykit._manager", "proxykit._proxykit", "dataclasses"} & modules
