"""Routes and backends, with traffic through them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proxykit import Backend as Status
from proxykit import Balancer, Counters, HealthCheck, Manager, Route, RouteNotFoundError
from support import Backend, hold, request, wait_until


def test_a_request_reaches_the_backend_without_the_prefix(served: Manager, backend: Backend) -> None:
    served.add_route("/x", [backend.url])
    answer = request(served.address, "/x/a%2Fb?q=1")
    assert (answer.status, answer.body) == (200, f"backend /a%2Fb?q=1 {served.address}")


def test_a_route_may_keep_the_prefix_and_send_the_backends_host(served: Manager, backend: Backend) -> None:
    served.add_route("/x", [backend.url], strip_prefix=False, host_header="backend")
    assert request(served.address, "/x/a").body == f"backend /x/a 127.0.0.1:{backend.server_port}"


def test_backends_take_turns(served: Manager) -> None:
    with Backend("one") as one, Backend("two") as two:
        served.add_route("/x", iter([one.url, two.url]))
        names = [request(served.address, "/x/").body.split()[0] for _ in range(4)]
    assert sorted(names) == ["one", "one", "two", "two"]


def test_backends_come_and_go(served: Manager) -> None:
    with Backend("one") as one, Backend("two") as two:
        served.add_route("/x", [one.url])
        assert served.add_backends("/x", [one.url, two.url]) == 1
        assert [backend.target for backend in served.list_backends("/x")] == [one.url, two.url]
        assert served.remove_backends("/x", [one.url, "http://127.0.0.1:1"]) == 1
        assert {request(served.address, "/x/").body.split()[0] for _ in range(3)} == {"two"}
    served.remove_route("/x")
    assert request(served.address, "/x/").status == 404


def test_what_is_listed(manager: Manager) -> None:
    manager.add_route("b", ["HTTP://LocalHost:80/"], balancer="ip_hash")
    manager.add_route("/a/")
    backend = Status("http://localhost", healthy=True, in_flight=0)
    assert manager.get_backend("/b", "http://localhost/") == backend
    assert manager.list_backends("/b") == [backend]
    assert manager.routes() == [
        Route("/a/", Balancer.ROUND_ROBIN, ()),
        Route("/b/", Balancer.IP_HASH, (backend,)),
    ]
    assert repr(backend) == "Backend(target='http://localhost', healthy=True, in_flight=0, load=1.0)"
    assert repr(manager) == "<proxykit.Manager: new, 2 routes, 1 of 1 backends healthy>"
    assert len({backend, manager.get_backend("/b", "http://localhost")}) == 1


@pytest.mark.parametrize("balancer", Balancer)
def test_each_balancer_serves(served: Manager, backend: Backend, balancer: Balancer) -> None:
    served.add_route("/x", [backend.url], balancer=balancer)
    assert served.routes()[0].balancer == balancer
    assert request(served.address, "/x/").status == 200


def test_a_request_in_flight_is_counted(served: Manager, backend: Backend) -> None:
    served.add_route("/x", [backend.url])
    thread = hold(served.address, "/x/hold", backend)
    assert served.get_backend("/x", backend.url).in_flight == 1
    backend.release.set()
    thread.join()
    wait_until(lambda: served.get_backend("/x", backend.url).in_flight == 0)


def test_what_was_answered_is_counted(served: Manager, backend: Backend) -> None:
    served.add_route("/x", [backend.url])
    for _ in range(3):
        assert request(served.address, "/x/").status == 200
    assert request(served.address, "/y/").status == 404
    assert served.get_backend("/x", backend.url).counters == Counters(requests=3, responses_2xx=3)
    assert served.routes()[0].counters == Counters(requests=3, responses_2xx=3)
    totals = served.totals()
    assert totals.counters == Counters(requests=4, responses_2xx=3, responses_4xx=1)
    assert (totals.connections.accepted, totals.connections.refused) == (4, 0)


def test_a_backend_that_goes_down_gets_no_traffic_until_it_is_back(served: Manager) -> None:
    with Backend() as backend:
        check = HealthCheck(interval=timedelta(milliseconds=20), timeout=1, jitter=0)
        served.add_route("/x", [backend.url], health_check=check)
    wait_until(lambda: not served.get_backend("/x", backend.url).healthy)
    assert request(served.address, "/x/").status == 503
    with Backend(port=backend.server_port):
        wait_until(lambda: served.get_backend("/x", backend.url).healthy)
        assert request(served.address, "/x/").status == 200


def test_backends_may_have_a_check_of_their_own(served: Manager) -> None:
    with Backend() as gone:
        served.add_route("/x", [gone.url], health_check=None)
    with Backend() as added:
        served.add_backends("/x", [added.url], health_check=HealthCheck(interval=0.02))
    wait_until(lambda: not served.get_backend("/x", added.url).healthy)
    assert served.get_backend("/x", gone.url).healthy, "without a check every backend is healthy"


def test_one_string_is_not_a_list(manager: Manager) -> None:
    with pytest.raises(TypeError, match="not a string"):
        manager.add_route("/x", "http://localhost")
    with pytest.raises(TypeError, match="not a string"):
        Manager(trusted_proxies="127.0.0.1")
    assert manager.routes() == []


def test_only_a_health_check_is_one(manager: Manager) -> None:
    with pytest.raises(TypeError, match="must be a HealthCheck or None, not bool"):
        manager.add_route("/x", health_check=False)  # type: ignore[arg-type]
    manager.add_route("/x")
    with pytest.raises(TypeError, match="not float"):
        manager.add_backends("/x", [], health_check=5.0)  # type: ignore[arg-type]


def test_a_bad_target_changes_nothing(manager: Manager) -> None:
    with pytest.raises(ValueError, match="ftp"):
        manager.add_route("/x", ["http://localhost", "ftp://localhost"])
    with pytest.raises(RouteNotFoundError):
        manager.list_backends("/x")
