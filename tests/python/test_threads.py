"""Calls from many threads, and the interpreter lock: who waits must not stop the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

from proxykit import Manager
from support import Backend, accepts, hold, request, wait_until


def test_other_threads_run_while_one_waits(served: Manager) -> None:
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        for _ in range(1000):
            ticks += 1
            served.list_backends("/x")
        served.stop(0)

    served.add_route("/x")
    thread = Thread(target=tick)
    thread.start()
    served.wait(60)  # it would time out if the lock were held
    assert ticks == 1000
    thread.join()


def test_other_threads_run_while_one_stops(served: Manager, backend: Backend) -> None:
    # Backend and client are threads of this interpreter: they could not finish if the lock were held.
    address = served.address
    served.add_route("/x", [backend.url])
    client = hold(address, "/x/hold", backend)
    done = Event()

    def release() -> None:
        wait_until(lambda: not accepts(address))
        backend.release.set()
        done.set()

    Thread(target=release, daemon=True).start()
    assert served.stop(60) == 0
    assert done.is_set()
    client.join()


def test_all_threads_may_change_routes_while_requests_flow(served: Manager, backend: Backend) -> None:
    served.add_route("/stays", [backend.url])

    def change(number: int) -> None:
        for round in range(20):
            served.add_route(f"/{number}", [backend.url])
            assert served.add_backends(f"/{number}", [f"http://127.0.0.1:{round + 1}"]) == 1
            assert len(served.list_backends(f"/{number}")) == 2
            served.remove_route(f"/{number}")

    def ask(_: int) -> None:
        for _ in range(20):
            assert request(served.address, "/stays/").status == 200

    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(change, number) for number in range(4)]
        tasks += [pool.submit(ask, number) for number in range(4)]
    for task in tasks:
        task.result()
    assert [route.prefix for route in served.routes()] == ["/stays/"]


def test_many_threads_may_stop_at_once(served: Manager) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(served.stop, [0.0, 60.0] * 4)) == [0] * 8
