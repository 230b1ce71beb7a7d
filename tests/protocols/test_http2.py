"""HTTP/2 on either side, with clients and servers of others."""

from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

from proxykit import Manager
from support import Backend, hold, request, wait_until
from tools import free_port, nghttpd, run

CURL = ["curl", "-sS", "--http2-prior-knowledge", "--max-time", "20"]


def test_a_client_may_speak_http2_at_once(proxy: Manager, backend: Backend) -> None:
    proxy.add_route("/x/", [backend.url], health_check=None)
    url = f"http://{proxy.address}/x/a%2Fb?q"
    shown = run(*CURL, "-w", " %{http_version} %{http_code}", url)
    assert shown == f"backend /a%2Fb?q {proxy.address} 2 200"
    assert request(proxy.address, "/x/1").body == f"backend /1 {proxy.address}", "HTTP/1.1 on the same port"


def test_many_requests_share_a_connection(proxy: Manager, backend: Backend) -> None:
    proxy.add_route("/", [backend.url], health_check=None)
    shown = run("h2load", "-n", "2000", "-c", "2", "-m", "50", f"http://{proxy.address}/")
    assert "2000 succeeded, 0 failed, 0 errored" in shown, shown


def test_errors_and_management_over_http2(proxy: Manager) -> None:
    url = f"http://{proxy.address}"
    shown = run(*CURL, "-i", f"{url}/nowhere")
    assert "HTTP/2 404" in shown
    assert 'proxy-status: proxykit; error=destination_not_found; details="no_route"' in shown
    proxy.add_route("/x/", ["http://127.0.0.1:9"], health_check=None)
    shown = run(
        *CURL, "-d", '{"prefixPath": "/x/", "targets": ["http://127.0.0.1:10"]}', f"{url}/endpoints/add"
    )
    assert '"addedCount":1' in shown
    assert "HTTP/2 403" in run(
        *CURL, "-i", "-H", "Host: evil.example", f"{url}/endpoints/list?prefixPath=/x/"
    )


def test_a_host_that_differs_from_the_authority_is_refused(proxy: Manager, backend: Backend) -> None:
    proxy.add_route("/", [backend.url], health_check=None)
    host, port = proxy.address.rsplit(":", 1)
    for name, status in [("inner.example", b"200"), ("other.example", b"400")]:
        client = h2.connection.H2Connection(h2.config.H2Configuration(validate_outbound_headers=False))
        client.initiate_connection()
        head = [
            (":method", "GET"),
            (":scheme", "http"),
            (":path", "/"),
            (":authority", "inner.example"),
            ("host", name),
        ]
        client.send_headers(1, head, end_stream=True)
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(client.data_to_send())
            answered = None
            while answered is None:
                received = connection.recv(65536)
                assert received, "the connection was closed without an answer"
                for event in client.receive_data(received):
                    if isinstance(event, h2.events.ResponseReceived):
                        answered = dict(event.headers)[b":status"]
            assert answered == status, name


@pytest.mark.parametrize("http2", [False, True])
def test_a_backend_may_speak_http2(proxy: Manager, tmp_path: Path, http2: bool) -> None:
    (tmp_path / "small.txt").write_text("small")
    (tmp_path / "large.bin").write_bytes(bytes(range(256)) * 16384)
    with nghttpd(tmp_path, free_port()) as target:
        proxy.add_route("/x/", [target], health_check=None)
        url = f"http://{proxy.address}/x"
        curl = CURL if http2 else ["curl", "-sS", "--max-time", "20"]
        assert run(*curl, f"{url}/small.txt") == "small"
        run(*curl, "-o", str(tmp_path / "copy.bin"), f"{url}/large.bin")
        assert (tmp_path / "copy.bin").read_bytes() == (tmp_path / "large.bin").read_bytes()
        assert re.match(r"HTTP/[\d.]+ 404", run(*curl, "-I", f"{url}/none"))


def test_requests_to_one_backend_share_a_connection_and_survive_its_restart(
    proxy: Manager, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("a")
    port = free_port()

    def get(_: int) -> tuple[int, str]:
        answer = request(proxy.address, "/a")
        return answer.status, answer.body

    with ThreadPoolExecutor(20) as clients:
        for _ in range(2):
            with nghttpd(tmp_path, port) as target:
                if not proxy.routes():
                    proxy.add_route("/", [target], health_check=None)
                assert set(clients.map(get, range(200))) == {(200, "a")}
                opened = run("ss", "-Htn", "state", "established", f"( dport = :{port} )").splitlines()
                assert len(opened) == 1, opened
    assert request(proxy.address, "/a").status == 502


def test_a_stop_lets_streams_finish(proxy: Manager, backend: Backend) -> None:
    proxy.add_route("/", [backend.url], health_check=None)
    with ThreadPoolExecutor(2) as threads:
        held = threads.submit(run, *CURL, f"http://{proxy.address}/hold")
        assert backend.held.wait(20)
        stopped = threads.submit(proxy.stop, 20)
        wait_until(lambda: not can_connect(proxy.address))
        backend.release.set()
        assert held.result() == f"backend /hold {proxy.address}"
        assert stopped.result() == 0


def can_connect(address: str) -> bool:
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return False
    return True


def test_a_stop_cuts_streams_off_and_counts_them(proxy: Manager, backend: Backend) -> None:
    proxy.add_route("/", [backend.url], health_check=None)
    hold(proxy.address, "/hold", backend)
    assert proxy.stop(0) == 1
