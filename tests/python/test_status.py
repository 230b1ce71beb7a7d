"""A manager's status, as a mapping, as JSON, and as notebooks show it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from proxykit import Balancer, Manager, Request, Route, Status
from support import Backend, hold, request


def test_it_is_a_mapping_that_stays_as_it_was(manager: Manager) -> None:
    manager.add_route("/b", ["http://a", "http://b"], balancer="ip_hash")
    manager.add_route("/a")
    status = manager.status()
    manager.remove_route("/b")
    assert isinstance(status, Mapping)
    assert dict(status) == {route.prefix: route for route in status.routes}
    assert list(status) == ["/a/", "/b/"]
    assert status["/b"]["http://a"].healthy
    assert "b" in status
    assert status.get("/c") is None
    assert status.get("//") is None
    assert object() not in status
    with pytest.raises(KeyError):
        status["/c"]
    assert status != manager.status()
    assert manager.status() == manager.status()


def test_it_says_where_the_manager_is_in_its_life(manager: Manager) -> None:
    heard: list[Status] = []

    @manager.handler("/x")
    def handle(request: Request) -> None:
        heard.append(manager.status())

    assert (manager.status().state, manager.status().address) == ("new", None)
    manager.start("127.0.0.1:0")
    status = manager.status()
    assert (status.state, status.address, status.management_address) == ("running", manager.address, None)
    request(manager.address, "/x")
    assert heard == [status], "also in a handler, which may not wait"
    manager.stop(0)
    assert manager.status().state == "stopped"
    assert repr(manager.status()).startswith("<proxykit.Status: stopped")


def test_it_counts_with_plain_numbers(served: Manager, backend: Backend) -> None:
    served.add_route("/x", [backend.url])
    thread = hold(served.address, "/x/hold", backend)
    served.report_load("/x", backend.url, 2.5)
    told = json.loads(json.dumps(served.status().to_dict()))
    backend.release.set()
    thread.join()
    assert told["state"] == "running"
    assert told["address"] == served.address
    route = told["routes"]["/x/"]
    assert (route["balancer"], route["is_handler"]) == ("round_robin", False)
    assert route["backends"][0]["target"] == backend.url
    assert (route["backends"][0]["in_flight"], route["backends"][0]["load"]) == (1, 2.5)


def test_notebooks_show_a_table(manager: Manager) -> None:
    manager.add_route("/x", ["http://a/b"])
    manager.add_route("/y")
    manager.handle("/z", lambda _: None)
    bundle = manager.status()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/json"}
    html = bundle["text/html"]
    assert html == manager._repr_html_()
    assert "<td>/x/</td><td>round_robin</td><td>http://a/b</td>" in html
    assert "healthy</td>" in html
    assert "<td>no backends</td>" in html
    assert "<td>answered by the program</td>" in html
    assert bundle["text/plain"] == "<proxykit.Status: new, 3 routes, 1 of 1 backends healthy>"
    json.dumps(bundle["application/json"])


def test_a_table_shows_texts_as_they_are() -> None:
    status = Status((Route("/<i>/", Balancer.IP_HASH, ()),), "new")
    assert "/&lt;i&gt;/" in status._repr_html_()
    assert "<i>" not in status._repr_html_()
