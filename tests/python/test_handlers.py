"""Handlers: functions of the program's that answer requests on the threads of the manager."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Iterator
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest

from proxykit import (
    Balancer,
    Counters,
    InvalidOptionError,
    Manager,
    Request,
    Response,
    Route,
    RouteExistsError,
    RouteIsHandlerError,
    WrongThreadError,
)
from support import DEADLINE, Answer, Backend, accepts, request, send, wait_until


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[sys.UnraisableHookArgs]]:
    """What handlers raise."""
    raised: list[sys.UnraisableHookArgs] = []
    monkeypatch.setattr(sys, "unraisablehook", raised.append)
    yield raised
    # What it has caught refers to much.
    raised.clear()


def failure(answer: Answer) -> tuple[int, bool]:
    """The status, and whether it is told that the handler failed."""
    return answer.status, "handler failed" in answer.body


# --- requests and answers ---


def test_a_handler_gets_the_whole_request(served: Manager) -> None:
    got: list[Request] = []

    @served.handler("/app")
    def app(asked: Request) -> Response:
        got.append(asked)
        return Response(201, [("x-one", "1"), ("x-one", "2"), ("x-letter", "é")], "größe")

    answer = request(
        served.address, "/app/a%20b?c=d?e", method="PUT", body="text", headers={"X-Own": "caf\xe9", "TE": "x"}
    )
    assert (answer.status, answer.body) == (201, "größe")
    assert answer.headers.get_all("x-one") == ["1", "2"]
    assert answer.headers["x-letter"] == "é"
    assert answer.headers["content-length"] == "7"
    (asked,) = got
    assert (asked.method, asked.target, asked.body) == ("PUT", "/app/a%20b?c=d?e", b"text")
    assert (asked.path, asked.query, asked.client_address) == ("/app/a%20b", "c=d?e", "127.0.0.1")
    assert asked.header("x-OWN") == "caf\xe9"
    assert asked.header("te") is None
    assert ("host", served.address) in asked.headers
    with pytest.raises(AttributeError):
        asked.method = "GET"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("answer", "status", "kind", "body"),
    [
        ("größe", 200, "text/plain; charset=utf-8", "größe"),
        (b"\x01", 200, "application/octet-stream", "\x01"),
        (None, 204, None, ""),
        (Response(), 200, None, ""),
        (Response(404, {"content-type": "text/css"}, b"x"), 404, "text/css", "x"),
    ],
)
def test_answers(served: Manager, answer: Any, status: int, kind: str | None, body: str) -> None:
    served.handle("/x", lambda _: answer)
    got = request(served.address, "/x")
    assert (got.status, got.headers["content-type"], got.body) == (status, kind, body)


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (1, TypeError, "not int"),
        ((200, "x"), TypeError, "not tuple"),
        (Response(99), ValueError, "status 99"),
        (Response(-1), OverflowError, ""),
        (Response(204, body="x"), ValueError, "204"),
        (Response(headers={"two words": ""}), ValueError, "two words"),
        (Response(headers={"x": "a\nb"}), ValueError, "header x"),
        (Response(headers={"x": "€"}), UnicodeEncodeError, ""),
        (Response(body=5), TypeError, ""),  # type: ignore[arg-type]
    ],
)
def test_a_bad_answer_is_the_handlers_error(
    served: Manager, raised: list[sys.UnraisableHookArgs], answer: Any, error: type[Exception], text: str
) -> None:
    served.handle("/x", lambda _: answer)
    assert failure(request(served.address, "/x")) == (500, True)
    assert [(isinstance(caught.exc_value, error), text in str(caught.exc_value)) for caught in raised] == [
        (True, True)
    ]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_a_handler_raises_is_told_and_its_thread_goes_on(
    manager: Manager, raised: list[sys.UnraisableHookArgs], error: type[BaseException]
) -> None:
    manager = Manager(workers=1, handler_threads=1)
    threads: set[int] = set()

    @manager.handler("/x")
    def handler(asked: Request) -> str:
        threads.add(threading.get_native_id())
        if asked.query:
            raise error("why")
        return "fine"

    with manager:
        manager.start("127.0.0.1:0")
        assert failure(request(manager.address, "/x?fail")) == (500, True)
        assert request(manager.address, "/x").body == "fine"
    assert len(threads) == 1
    ((object_, type_),) = [(caught.object, caught.exc_type) for caught in raised]
    assert (object_, type_) == (handler, error)


# --- routes ---


def test_a_handler_is_a_route_beside_those_with_backends(served: Manager, backend: Backend) -> None:
    served.add_route("/x", [backend.url])
    served.handle("/x/own", lambda _: "own")
    assert request(served.address, "/x/own/y").body == "own"
    assert request(served.address, "/x/y").body.startswith("backend /y")
    assert [(route.prefix, route.is_handler) for route in served.routes()] == [
        ("/x/", False),
        ("/x/own/", True),
    ]
    counters = Counters(requests=1, responses_2xx=1)
    assert served.routes()[1] == Route("/x/own/", Balancer.ROUND_ROBIN, (), True, counters)
    with pytest.raises(RouteExistsError):
        served.handle("/x", lambda _: None)
    with pytest.raises(RouteIsHandlerError):
        served.add_backends("/x/own", [backend.url])
    served.remove_route("/x/own")
    assert request(served.address, "/x/own").body.startswith("backend /own")


def test_a_handler_may_change_routes_but_not_stop(served: Manager) -> None:
    refused: list[str] = []

    @served.handler("/x")
    def handler(_: Request) -> str:
        calls: list[Any] = [served.stop, partial(served.stop, 0), served.wait]
        for call in calls:
            try:
                call()
            except WrongThreadError as error:
                refused.append(error.name)
        served.add_route("/y")
        served.remove_route("/x")
        return "changed"

    assert request(served.address, "/x").body == "changed"
    assert refused == ["wrong_thread"] * 3
    assert [route.prefix for route in served.routes()] == ["/y/"]


async def coroutine(_: Request) -> None:
    """What cannot be a handler yet."""


class Callable:
    async def __call__(self, _: Request) -> None: ...


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (coroutine, "coroutine"),
        (partial(coroutine), "coroutine"),
        (Callable(), "coroutine"),
        ("x", "not str"),
    ],
)
def test_what_cannot_answer_is_refused(manager: Manager, function: Any, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        manager.handle("/x", function)
    assert manager.routes() == []


def test_options_are_checked(manager: Manager) -> None:
    with pytest.raises(InvalidOptionError, match="handler_timeout"):
        manager.handle("/x", lambda _: None, handler_timeout=0)
    with pytest.raises(InvalidOptionError, match="handler_body_limit"):
        manager.handle("/x", lambda _: None, handler_body_limit=0)
    assert manager.routes() == []


# --- limits ---


def test_a_body_that_is_too_large_is_refused(served: Manager) -> None:
    served.handle("/small", lambda asked: str(len(asked.body)), handler_body_limit=1000)
    served.handle("/large", lambda asked: str(len(asked.body)), handler_body_limit="2MiB")
    for target, length, status in [("/small", 1000, 200), ("/small", 1001, 413), ("/large", 1 << 21, 200)]:
        answer = request(served.address, target, method="POST", body="x" * length)
        assert answer.status == status, target
        assert status != 200 or answer.body == str(length)


def test_a_handler_that_is_late_is_not_waited_for(
    served: Manager, raised: list[sys.UnraisableHookArgs]
) -> None:
    go_on, done = Event(), Event()

    @served.handler("/x", handler_timeout=0.05)
    def handler(_: Request) -> str:
        go_on.wait(DEADLINE)
        done.set()
        return "late"

    assert request(served.address, "/x").status == 504
    go_on.set()
    assert done.wait(DEADLINE)
    assert served.stop() == 0
    assert raised == []


def test_calls_run_at_once_and_too_many_are_refused() -> None:
    both_run, go_on = threading.Barrier(3), Event()
    with Manager(workers=1, handler_threads=2, handler_queue=0) as manager:

        @manager.handler("/x")
        def handler(_: Request) -> str:
            both_run.wait(DEADLINE)
            go_on.wait(DEADLINE)
            return "done"

        manager.start("127.0.0.1:0")
        clients = [send(manager.address, "/x") for _ in range(2)]
        both_run.wait(DEADLINE)
        assert request(manager.address, "/x").status == 503
        go_on.set()
        for thread, statuses in clients:
            thread.join(DEADLINE)
            assert statuses == [200]


# --- when functions go ---


class Held:
    """A handler that says when it is gone."""

    def __init__(self) -> None:
        self.is_called, self.go_on = Event(), Event()

    def __call__(self, asked: Request) -> str:
        if asked.query == "hold":
            self.is_called.set()
            self.go_on.wait(DEADLINE)
        return "held"


def test_a_route_that_is_removed_lets_its_function_go_behind_the_last_call(served: Manager) -> None:
    handler = Held()
    is_called, go_on, gone = handler.is_called, handler.go_on, weakref.ref(handler)
    served.handle("/x", handler)
    del handler
    client, statuses = send(served.address, "/x?hold")
    assert is_called.wait(DEADLINE)
    served.remove_route("/x")
    assert request(served.address, "/x").status == 404
    assert gone() is not None
    go_on.set()
    client.join(DEADLINE)
    assert statuses == [200]
    wait_until(lambda: gone() is None)


def test_a_function_that_is_not_taken_goes(manager: Manager) -> None:
    manager.add_route("/x")
    refused = Held()
    gone = weakref.ref(refused)
    with pytest.raises(RouteExistsError):
        manager.handle("/x", refused)
    del refused
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("is_started", [False, True])
def test_a_manager_that_only_its_handlers_refer_to_is_stopped_and_goes(is_started: bool) -> None:
    manager = Manager(workers=1)
    handler = Held()
    handler.manager = manager  # type: ignore[attr-defined]
    manager.handle("/x", handler)
    address = None
    if is_started:
        manager.start("127.0.0.1:0")
        address = manager.address
        assert request(address, "/x").body == "held"
    gone: list[weakref.ref[Any]] = [weakref.ref(manager), weakref.ref(handler)]
    del manager, handler
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
    assert address is None or not accepts(address)


def test_threads_of_python_and_handlers_do_not_wait_for_each_other(served: Manager) -> None:
    """A manager is used by Python's threads while handlers need the interpreter as well."""
    served.handle("/x", lambda _: str(len(served.routes())))

    def change(number: int) -> None:
        for _ in range(50):
            served.handle(f"/own/{number}", Held())
            assert request(served.address, f"/own/{number}").body == "held"
            served.remove_route(f"/own/{number}")
            assert request(served.address, "/x").status == 200

    threads = [Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * DEADLINE)
        assert not thread.is_alive()
    assert len(served.routes()) == 1
    assert served.stop() == 0
