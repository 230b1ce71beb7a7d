"""Not run, but checked: what users may write, and what a type checker must refuse."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from proxykit import (
    Backend,
    Balancer,
    Event,
    HealthCheck,
    Manager,
    ManagerOptions,
    Reply,
    Request,
    Response,
    Route,
    RouteExistsError,
    RouteOptions,
)

if TYPE_CHECKING:
    from typing_extensions import assert_type


def right(manager: Manager) -> None:
    manager.add_route("/x", ["http://h"], health_check=HealthCheck(interval=timedelta(seconds=1), timeout=2))
    manager.add_route("/y", (target for target in ["http://h"]), balancer="ip_hash", health_check=None)
    assert_type(manager.list_backends("/x"), list[Backend])
    assert_type(manager.routes(), list[Route])
    assert_type(manager.manage("GET", "/endpoints"), Reply)
    assert_type(manager.add_backends("/x", {"http://h"}), int)
    assert_type(manager.address, str)
    manager.wait(timeout=1)
    with manager as same:
        assert_type(same, Manager)
    assert_type(RouteExistsError.code, int)
    assert_type(list(manager.events()), list[Event])
    assert_type(manager.events().next(timeout=timedelta(0)).prefix, str | None)


def right_handlers(manager: Manager) -> None:
    @manager.handler("/ping", handler_timeout=timedelta(seconds=1), handler_body_limit="64KiB")
    def ping(request: Request) -> Response:
        assert_type(request.header("host"), str | None)
        assert_type(request.body, bytes)
        return Response(201, {"x-a": "b"}, request.path)

    assert_type(ping(Request("GET", "/ping")), Response)
    manager.handle("/a", lambda request: request.query)
    manager.handle("/b", lambda _: None, handler_body_limit=1000)
    Response(headers=(pair for pair in [("x-a", "b")]), body=b"")


def right_options(manager: Manager) -> None:
    for_routes: RouteOptions = {"request_timeout": "5s", "attempts": 2, "upstream_ca": Path("ca.pem")}
    manager.add_route("/x", balancer=Balancer.IP_HASH, connect_timeout="200ms", **for_routes)
    for_manager: ManagerOptions = {"idle_timeout": timedelta(seconds=5), "tls_certificates": ["a.pem"]}
    Manager(workers=2, **for_manager)
    manager.stop("1m")


def right_as_a_collection(manager: Manager) -> None:
    for route in manager:
        assert_type(route, Route)
        assert_type([backend.in_flight for backend in route], list[int])
        assert_type(route["http://h"].counters.requests, int)
    assert_type(manager["/x"].balancer, Balancer)
    assert_type(manager.status()["/x"], Route)
    assert_type(manager.status().state, Literal["new", "running", "stopped", "forked"])
    assert_type("/x" in manager, bool)


def right_apps(manager: Manager) -> None:
    async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None: ...

    manager.mount("/a", asgi)
    manager.mount("/b", asgi, interface="asgi", response_head_timeout="5s", request_body_limit="1MiB")
    manager.set_logger()
    manager.set_logger(None)


async def right_in_a_task(manager: Manager) -> None:
    async with manager as same:
        assert_type(same, Manager)
    await manager.wait("5s")
    assert_type(await manager.aclose(), int)
    async for event in manager.events():
        assert_type(event, Event)


def wrong(manager: Manager, backend: Backend) -> None:
    Manager(1)  # type: ignore[call-arg]
    Manager(workers="1")  # type: ignore[arg-type]
    manager.add_route("/x", [1])  # type: ignore[list-item]
    manager.add_route("/x", balancer="fastest")  # type: ignore[arg-type]
    manager.add_route("/x", health_check=5)  # type: ignore[arg-type]
    manager.add_route("/x", request_timeut=5)  # type: ignore[call-arg]
    manager.add_route("/x", attempts="two")  # type: ignore[arg-type]
    Manager(idle_timeout=[5])  # type: ignore[arg-type]
    manager.mount("/x", "app:app")  # type: ignore[arg-type]
    manager.mount("/x", print, interface="rpc")  # type: ignore[arg-type]
    manager.wait([1])  # type: ignore[arg-type]
    manager.events().next(0).kind = "started"  # type: ignore[misc]
    manager.address = "127.0.0.1:80"  # type: ignore[misc]
    backend.healthy = False  # type: ignore[misc]


def wrong_handlers(manager: Manager, request: Request) -> None:
    async def later(request: Request) -> str:
        return request.path

    def without_a_request() -> str:
        return ""

    manager.handle("/a", later)  # type: ignore[arg-type]
    manager.handle("/b", without_a_request)  # type: ignore[arg-type]
    manager.handle("/c", lambda _: 200)  # type: ignore[arg-type,return-value]
    manager.handle("/d", lambda _: None, timeout=1)  # type: ignore[call-arg]
    request.body = b""  # type: ignore[misc]
