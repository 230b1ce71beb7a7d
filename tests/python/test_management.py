"""The management API, and who may call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proxykit import Manager, NotStartedError
from support import request

LIST = "/endpoints/list?prefixPath=/x"


def test_a_host_may_serve_it_itself(manager: Manager) -> None:
    manager.add_route("/x")
    body = json.dumps({"prefixPath": "/x", "targets": ["http://localhost"]}).encode()
    added = manager.manage("POST", "/endpoints/add", body)
    assert (added.status, json.loads(added.body)["addedCount"]) == (200, 1)
    listed = json.loads(manager.manage("GET", LIST).body)
    assert listed == {"prefixPath": "/x/", "targets": [{"target": "http://localhost", "healthy": True}]}


def test_errors_are_answers(manager: Manager) -> None:
    missing = manager.manage("GET", LIST)
    assert (missing.status, missing.allow) == (404, None)
    assert json.loads(missing.body)["error"]["code"] == "route_not_found"
    wrong = manager.manage("DELETE", LIST)
    assert (wrong.status, wrong.allow) == (405, "GET")


def test_it_is_on_the_proxys_listener(served: Manager) -> None:
    served.add_route("/x")
    assert request(served.address, LIST).status == 200
    with pytest.raises(NotStartedError):
        _ = served.management_address


def test_it_may_be_off() -> None:
    with Manager(management="off") as manager:
        manager.add_route("/x")
        manager.start("127.0.0.1:0")
        assert request(manager.address, LIST).status == 404


def test_it_may_have_a_listener_of_its_own(tmp_path: Path) -> None:
    with Manager(management=f"unix:{tmp_path}/management.sock") as manager:
        manager.add_route("/x")
        manager.start("127.0.0.1:0")
        assert manager.management_address == f"unix:{tmp_path}/management.sock"
        assert request(manager.management_address, LIST).status == 200
        assert request(manager.address, LIST).status == 404


def test_a_token_is_asked_for() -> None:
    with Manager(management_token="secret") as manager:
        manager.add_route("/x")
        manager.start("127.0.0.1:0")
        assert request(manager.address, LIST).status == 401
        assert request(manager.address, LIST, headers={"authorization": "Bearer secret"}).status == 200


def test_only_local_names_are_answered_and_those_that_are_listed() -> None:
    with Manager(management_hosts=["admin.example"]) as manager:
        manager.add_route("/x")
        manager.start("127.0.0.1:0")
        assert request(manager.address, LIST, headers={"host": "admin.example"}).status == 200
        assert request(manager.address, LIST, headers={"host": "other.example"}).status == 403
