"""Apps behind the proxy: their place, their clients, and when they run."""

from __future__ import annotations

import asyncio
import gc
import json
import stat
import sys
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from websockets.sync.client import connect

from apps import Asgi, Wsgi
from proxykit import Manager, RouteExistsError, RouteNotFoundError, StartFailedError
from support import DEADLINE, Program, request, send, wait_until


def ask(manager: Manager, target: str, **headers: str) -> dict[str, Any]:
    answer = request(manager.address, target, headers=headers)
    assert answer.status == 200, answer
    return dict(json.loads(answer.body))


def folder_of(manager: Manager, prefix: str) -> Path:
    return Path(manager[prefix].backends[0].target.removeprefix("unix:")).parent


@pytest.mark.parametrize(
    ("prefix", "target", "root", "path", "raw"),
    [
        ("/app", "/app/a%20b?q=1", "/app", "/app/a b", "/app/a%20b"),
        ("/app", "/app", "/app", "/app", "/app"),
        ("/", "/a", "", "/a", "/a"),
        ("/a/b/", "/a/b/app/a/b", "/a/b", "/a/b/app/a/b", "/a/b/app/a/b"),
        ("/caf%C3%A9", "/caf%C3%A9/x", "/café", "/café/x", "/caf%C3%A9/x"),
    ],
)
def test_an_asgi_app_finds_its_place(
    manager: Manager, prefix: str, target: str, root: str, path: str, raw: str
) -> None:
    manager.mount(prefix, Asgi())
    manager.start("127.0.0.1:0")
    seen = ask(manager, target)
    assert (seen["root_path"], seen["path"], seen["raw_path"]) == (root, path, raw)
    assert seen["query"] == target.partition("?")[2]


@pytest.mark.parametrize(
    ("prefix", "target", "script", "path"),
    [
        ("/app", "/app/a%20b?q=1", "/app", "/a b"),
        ("/app", "/app", "/app", ""),
        ("/", "/a", "", "/a"),
        ("/app", "/app/app/x", "/app", "/app/x"),
        ("/caf%C3%A9", "/caf%C3%A9/x", "/café".encode().decode("latin-1"), "/x"),
    ],
)
def test_a_wsgi_app_finds_its_place(
    manager: Manager, prefix: str, target: str, script: str, path: str
) -> None:
    manager.mount(prefix, Wsgi())
    manager.start("127.0.0.1:0")
    seen = ask(manager, target)
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == (script, path)
    assert seen["QUERY_STRING"] == target.partition("?")[2]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "proto", "client", "scheme"),
    [
        ([], "", "", "127.0.0.1", "http"),
        ([], "192.0.2.1", "https", "127.0.0.1", "http"),
        (["127.0.0.1"], "198.51.100.9, 192.0.2.1", "https", "192.0.2.1", "https"),
        (["127.0.0.0/8", "192.0.2.0/24"], "198.51.100.9, 192.0.2.1", "https", "198.51.100.9", "https"),
        (["127.0.0.1"], "nonsense", "https", "127.0.0.1", "https"),
    ],
)
def test_apps_are_told_of_the_client(
    trusted: list[str], forwarded: str, proto: str, client: str, scheme: str
) -> None:
    headers = {"x-forwarded-for": forwarded, "x-forwarded-proto": proto} if forwarded else {}
    with Manager(workers=1, trusted_proxies=trusted) as manager:
        manager.mount("/a", Asgi())
        manager.mount("/w", Wsgi())
        manager.start("127.0.0.1:0")
        seen = ask(manager, "/a/", **headers)
        assert (seen["client"], seen["scheme"]) == ([client, 0], scheme)
        seen = ask(manager, "/w/", **headers)
        assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == (client, scheme)


def test_websockets_go_through(manager: Manager) -> None:
    manager.mount("/app", Asgi())
    manager.start("127.0.0.1:0")
    with connect(f"ws://{manager.address}/app/chat") as socket:
        socket.send("hello")
        assert socket.recv(DEADLINE) == "/app hello"


def test_an_app_runs_from_the_start_to_the_stop(manager: Manager) -> None:
    app = Asgi()
    manager.mount("/app", app)
    folder = folder_of(manager, "/app")
    assert not app.started.is_set()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    manager.start("127.0.0.1:0")
    assert app.started.is_set()
    assert not app.ended.is_set()
    manager.stop()
    assert app.ended.is_set()
    assert not folder.exists()


def test_an_app_may_come_and_go_while_the_manager_runs(served: Manager) -> None:
    app = Asgi()
    served.mount("/app", app)
    ask(served, "/app/")
    served.remove_route("/app")
    assert request(served.address, "/app/").status == 404
    assert app.ended.wait(DEADLINE)
    with pytest.raises(RouteNotFoundError):
        served.remove_route("/app")


@pytest.mark.parametrize("app", [Asgi(), Wsgi()])
def test_requests_in_progress_finish_when_the_route_goes(served: Manager, app: Asgi | Wsgi) -> None:
    served.mount("/app", app)
    thread, statuses = send(served.address, "/app/hold")
    assert app.held.wait(DEADLINE)
    served.remove_route("/app")
    app.release.set()
    thread.join()
    assert statuses == [200]


@pytest.mark.parametrize("kind", [Asgi, Wsgi])
def test_a_stop_at_once_leaves_nothing_behind(served: Manager, kind: type[Asgi | Wsgi]) -> None:
    app = kind()
    served.mount("/app", app)
    folder = folder_of(served, "/app")
    thread, statuses = send(served.address, "/app/hold")
    assert app.held.wait(DEADLINE)
    assert served.stop(0) == 1
    app.release.set()
    thread.join()
    assert statuses == []
    assert not folder.exists()


def test_an_app_that_does_not_start_is_an_error(manager: Manager) -> None:
    manager.mount("/app", Asgi(fails=True))
    good = Asgi()
    manager.mount("/good", good)
    with pytest.raises(StartFailedError, match="'/app/'"):
        manager.start("127.0.0.1:0")
    assert manager.status().state == "new"
    manager.remove_route("/app")
    manager.start("127.0.0.1:0")
    ask(manager, "/good/")
    with pytest.raises(StartFailedError):
        manager.mount("/app", Asgi(fails=True))
    assert "/app" not in manager


def test_a_start_that_fails_may_be_repeated_with_its_apps(manager: Manager) -> None:
    app = Asgi()
    manager.mount("/app", app)
    with pytest.raises(ValueError, match="8080"):
        manager.start("8080")
    assert app.ended.is_set()
    manager.start("127.0.0.1:0")
    ask(manager, "/app/")
    with pytest.raises(RuntimeError):
        manager.start("127.0.0.1:0")
    ask(manager, "/app/")


def test_a_prefix_is_taken_once(served: Manager) -> None:
    served.add_route("/app")
    app = Asgi()
    with pytest.raises(RouteExistsError):
        served.mount("/app", app)
    assert app.ended.wait(DEADLINE)


def test_which_kind_an_app_is(manager: Manager) -> None:
    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await Asgi()(scope, receive, send)

    def hidden(scope: Any, receive: Any, send: Any) -> Any:
        return asgi(scope, receive, send)

    manager.mount("/1", asgi)
    manager.mount("/2", partial(partial(asgi)))
    manager.mount("/3", hidden, interface="asgi")
    manager.mount("/4", partial(Wsgi()))
    manager.mount("/5", Wsgi().__call__, interface="wsgi")
    with pytest.raises(ValueError, match="interface"):
        manager.mount("/6", asgi, interface="rpc")  # type: ignore[arg-type]
    assert len(manager) == 5
    manager.start("127.0.0.1:0")
    for number in range(1, 6):
        ask(manager, f"/{number}/")


def test_an_event_loop_goes_on_while_apps_end() -> None:
    app = Asgi()

    async def main() -> None:
        async with Manager(workers=1) as manager:
            manager.mount("/app", app)
            manager.start("127.0.0.1:0")

    asyncio.run(main())
    assert app.ended.is_set()


def test_an_app_may_stop_its_manager(served: Manager) -> None:
    threads: list[Thread] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        threads.append(Thread(target=served.stop, args=(0,)))
        threads[0].start()
        threads[0].join()
        start_response("200 OK", [])
        return [b""]

    served.mount("/app", app)
    thread, _ = send(served.address, "/app/")
    thread.join()
    wait_until(lambda: bool(threads) and not threads[0].is_alive())
    assert served.status().state == "stopped"


def test_a_manager_that_nobody_refers_to_ends_its_apps() -> None:
    app = Asgi()
    manager = Manager(workers=1)
    manager.mount("/app", app)
    manager.start("127.0.0.1:0")
    folder = folder_of(manager, "/app")
    del manager
    gc.collect()
    assert app.ended.wait(DEADLINE)
    assert not folder.exists()


@pytest.mark.parametrize("kind", ["Asgi", "Wsgi"])
def test_the_interpreter_ends_while_apps_run(kind: str) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from apps import {kind}
from proxykit import Manager
unstarted = Manager()
unstarted.mount("/app", {kind}())
manager = Manager(workers=1)
manager.mount("/app", {kind}())
manager.start("127.0.0.1:0")
for one in (unstarted, manager):
    print(one["/app"].backends[0].target)
"""
    with Program("-c", program) as ending:
        status, output, errors = ending.end()
    assert (status, errors) == (0, "")
    for line in output.splitlines():
        assert not Path(line.removeprefix("unix:")).parent.exists()


@pytest.mark.parametrize(("server", "extra"), [("uvicorn", "asgi"), ("waitress", "wsgi")])
def test_a_server_that_is_missing_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, manager: Manager, server: str, extra: str
) -> None:
    for name in [*sys.modules]:
        if name == server or name.startswith((f"{server}.", f"proxykit._mounts.{extra}")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, server, None)
    with pytest.raises(ModuleNotFoundError, match=rf"proxykit\[{extra}\]"):
        manager.mount("/app", Asgi() if extra == "asgi" else Wsgi())
    assert len(manager) == 0
