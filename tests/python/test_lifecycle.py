"""Start, wait, stop."""

from __future__ import annotations

import gc
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from proxykit import (
    AddressInUseError,
    AlreadyStartedError,
    Manager,
    NotStartedError,
    StoppedError,
    TimedOutError,
)
from support import Backend, accepts, hold, request, wait_until


def test_a_block_stops_its_manager(backend: Backend) -> None:
    with Manager() as manager:
        manager.add_route("/x", [backend.url])
        manager.start("127.0.0.1:0")
        address = manager.address
        assert request(address, "/x/").status == 200
    assert not accepts(address)
    manager.wait(0)
    with pytest.raises(StoppedError):
        manager.start("127.0.0.1:0")


def test_a_unix_socket(manager: Manager, backend: Backend, tmp_path: Path) -> None:
    manager.add_route("/x", [backend.url])
    manager.start(f"unix:{tmp_path}/proxy.sock")
    assert manager.address == f"unix:{tmp_path}/proxy.sock"
    assert request(manager.address, "/x/").status == 200


def test_waiting_has_a_limit(served: Manager) -> None:
    begin = time.monotonic()
    with pytest.raises(TimedOutError):
        served.wait(timedelta(milliseconds=250))
    assert time.monotonic() - begin >= 0.25
    with pytest.raises(TimeoutError):
        served.wait(0)


def test_serve_returns_when_another_thread_stops_it(manager: Manager) -> None:
    thread = Thread(target=manager.serve, args=("127.0.0.1:0",))
    thread.start()

    def started() -> bool:
        try:
            return bool(manager.address)
        except NotStartedError:
            return False

    wait_until(started)
    assert manager.stop() == 0
    thread.join()


def test_a_stop_lets_requests_finish(served: Manager, backend: Backend) -> None:
    address = served.address
    served.add_route("/x", [backend.url])
    request_thread = hold(address, "/x/hold", backend)

    def release_when_it_stops() -> None:
        wait_until(lambda: not accepts(address))
        backend.release.set()

    thread = Thread(target=release_when_it_stops)
    thread.start()
    assert served.stop(60) == 0
    thread.join()
    request_thread.join()


def test_a_stop_cuts_off_at_its_deadline(served: Manager, backend: Backend) -> None:
    served.add_route("/x", [backend.url])
    thread = hold(served.address, "/x/hold", backend)
    assert served.stop(timedelta(milliseconds=50)) == 1
    served.stop()  # again, for nothing
    thread.join()


def test_the_earliest_deadline_counts(served: Manager, backend: Backend) -> None:
    address = served.address
    served.add_route("/x", [backend.url])
    hold(address, "/x/hold", backend)
    thread = Thread(target=served.stop, args=(3600,))
    thread.start()
    wait_until(lambda: not accepts(address))
    served.stop(0)
    thread.join()


def test_a_failed_start_may_be_repeated(manager: Manager, served_elsewhere: str) -> None:
    with pytest.raises(AddressInUseError):
        manager.start(served_elsewhere)
    with pytest.raises(NotStartedError):
        _ = manager.address
    manager.start("127.0.0.1:0")
    with pytest.raises(AlreadyStartedError):
        manager.start("127.0.0.1:0")


@pytest.fixture
def served_elsewhere(backend: Backend) -> str:
    return f"127.0.0.1:{backend.server_port}"


def test_a_start_without_listener(manager: Manager) -> None:
    manager.start()
    with pytest.raises(NotStartedError):
        _ = manager.address
    manager.stop(0)
    manager.wait()


def test_calls_before_the_start_and_after_the_stop(manager: Manager) -> None:
    with pytest.raises(NotStartedError):
        manager.wait(0)
    manager.add_route("/x")
    assert manager.stop() == 0
    assert manager.add_backends("/x", ["http://localhost"]) == 1


def test_a_manager_that_nobody_refers_to_stops() -> None:
    manager = Manager()
    manager.start("127.0.0.1:0")
    address = manager.address
    del manager
    gc.collect()
    assert not accepts(address)


def test_managers_do_not_know_of_each_other(backend: Backend) -> None:
    with Manager(workers=1) as one, Manager(workers=1) as two:
        one.add_route("/x", [backend.url])
        one.start("127.0.0.1:0")
        two.start("127.0.0.1:0")
        assert request(one.address, "/x/").status == 200
        assert request(two.address, "/x/").status == 404
