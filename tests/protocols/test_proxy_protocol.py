"""The PROXY protocol on either side, with HAProxy and nginx."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from proxykit import HealthCheck, Manager
from support import DEADLINE, wait_until
from tools import free_port, haproxy, nginx

# Loopback addresses of clients: nothing else here connects from them.
CLIENT, OTHER_CLIENT = "127.0.0.2", "127.0.0.3"


def get(address: str, target: str = "/", source: str = CLIENT) -> tuple[int, str]:
    """Ask from this address."""
    host, port = address.rsplit(":", 1)
    with closing(
        http.client.HTTPConnection(host, int(port), timeout=DEADLINE, source_address=(source, 0))
    ) as connection:
        connection.request("GET", target)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


class _Handler(BaseHTTPRequestHandler):
    """Answers with the addresses in X-Forwarded-For."""

    def do_GET(self) -> None:
        body = (self.headers["x-forwarded-for"] or "none").encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def seen() -> Iterator[str]:
    """The target of a backend that tells whom a request is for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def announced(seen: str) -> Iterator[Manager]:
    """A proxy that wants to be told by whoever connects from 127.0.0.1."""
    manager = Manager(workers=1, proxy_protocol=["127.0.0.1"])
    manager.add_route("/", [seen], health_check=None)
    manager.start("127.0.0.1:0")
    yield manager
    manager.stop(0)


@pytest.mark.parametrize("how", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c"])
def test_haproxy_tells_of_its_clients(announced: Manager, tmp_path: Path, how: str) -> None:
    port = free_port()
    config = f"""
        listen passed-on
            mode tcp
            bind 127.0.0.1:{port}
            server proxy {announced.address} {how} check inter 20ms
    """
    with haproxy(tmp_path, config, port):
        address = f"127.0.0.1:{port}"
        for client in [CLIENT, OTHER_CLIENT, CLIENT]:
            assert get(address, source=client) == (200, client)
        # Client and balancer are both on this machine.
        assert get(address, "/endpoints/list?prefixPath=/")[0] == 200


def test_one_that_says_nothing_is_not_let_in(announced: Manager, tmp_path: Path) -> None:
    port = free_port()
    config = f"""
        listen passed-on
            mode tcp
            bind 127.0.0.1:{port}
            server proxy {announced.address}
    """
    with haproxy(tmp_path, config, port), pytest.raises((OSError, http.client.HTTPException)):
        get(f"127.0.0.1:{port}")
    # From elsewhere nothing is expected, and nothing taken.
    assert get(announced.address) == (200, CLIENT)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("scheme", ["http", "h2c"])
def test_haproxy_is_told(proxy: Manager, tmp_path: Path, version: str, scheme: str) -> None:
    port = free_port()
    config = f"""
        frontend told
            mode http
            bind 127.0.0.1:{port} accept-proxy {"proto h2" if scheme == "h2c" else ""}
            http-request return status 200 content-type text/plain lf-string "%[src] %[dst]:%[dst_port]"
    """
    with haproxy(tmp_path, config, port):
        target = f"{scheme}://127.0.0.1:{port}"
        check = HealthCheck(interval=0.02)
        proxy.add_route("/", [target], health_check=check, send_proxy_protocol=version)
        for client in [CLIENT, OTHER_CLIENT, CLIENT]:
            assert get(proxy.address, source=client) == (200, f"{client} {proxy.address}")
        # A check that opens a connection and says nothing is enough for it.
        assert proxy.get_backend("/", target).healthy


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_nginx_is_told(proxy: Manager, tmp_path: Path, version: str) -> None:
    port = free_port()
    server = f"""
        listen 127.0.0.1:{port} proxy_protocol;
        location / {{
            return 200 "$proxy_protocol_addr $proxy_protocol_server_addr:$proxy_protocol_server_port";
        }}
    """
    with nginx(tmp_path, server, port):
        target = f"http://127.0.0.1:{port}"
        check = HealthCheck(interval=0.02)
        proxy.add_route("/", [target], health_check=check, send_proxy_protocol=version)
        for client in [CLIENT, OTHER_CLIENT, CLIENT]:
            assert get(proxy.address, source=client) == (200, f"{client} {proxy.address}")
        assert proxy.get_backend("/", target).healthy


def test_a_backend_that_is_not_told_refuses(proxy: Manager, tmp_path: Path) -> None:
    port = free_port()
    config = f"""
        frontend told
            mode http
            bind 127.0.0.1:{port} accept-proxy
            http-request return status 200
    """
    with haproxy(tmp_path, config, port):
        proxy.add_route("/", [f"http://127.0.0.1:{port}"], health_check=None)
        # It closes the connection: what comes of that is the proxy's own answer.
        wait_until(lambda: get(proxy.address)[0] == 502)
