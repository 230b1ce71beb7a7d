"""TLS, as users of the package and the command have it."""

from __future__ import annotations

import http.client
import os
import ssl
from contextlib import closing
from pathlib import Path

import pytest

from certificates import Pair, make_pair
from proxykit import InvalidCertificateError, Manager
from support import DEADLINE, Backend, proxykit, request


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path, "localhost")


def get(address: str, trusted: Path, shown: Pair | None = None) -> str:
    """What a request gets from a server for `localhost` at this address."""
    context = ssl.create_default_context(cafile=str(trusted))
    if shown is not None:
        context.load_cert_chain(shown.chain, shown.key)
    port = int(address.rpartition(":")[2])
    with closing(http.client.HTTPSConnection("localhost", port, context=context, timeout=DEADLINE)) as client:
        client.request("GET", "/x/a")
        response = client.getresponse()
        assert response.status == 200
        return response.read().decode()


def test_a_manager_speaks_tls_and_reads_new_certificates(
    backend: Backend, pair: Pair, tmp_path: Path
) -> None:
    with Manager(tls_certificates=[pair.chain], tls_keys=[pair.key]) as manager:
        manager.add_route("/x", [backend.url])
        manager.start("127.0.0.1:0")
        assert get(manager.address, pair.chain).startswith("backend ")
        make_pair(tmp_path, "localhost")
        manager.reload_certificates()
        assert get(manager.address, pair.chain).startswith("backend ")
        pair.key.write_text("no key")
        with pytest.raises(InvalidCertificateError, match=r"localhost\.key.*no private key"):
            manager.reload_certificates()
        assert get(manager.address, pair.chain).startswith("backend ")


def test_the_command_speaks_tls(backend: Backend, pair: Pair, tmp_path: Path) -> None:
    client = make_pair(tmp_path, "client")
    flags = ["--tls-cert", str(pair.chain), "--tls-key", str(pair.key), "--client-ca", str(client.chain)]
    route = f"/x={backend.url}"
    with proxykit("serve", "--listen", "127.0.0.1:0", "--route", route, *flags) as command:
        line = command.line()
        assert line.startswith("listening on https://127.0.0.1:")
        assert get(line, pair.chain, client).startswith("backend ")
        with pytest.raises((OSError, http.client.HTTPException)):
            get(line, pair.chain)


def test_the_authorities_of_the_platform_are_trusted(backend: Backend, pair: Pair, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.chain, pair.key)
    backend.socket = context.wrap_socket(backend.socket, server_side=True)
    route = f"/x={backend.url.replace('http://127.0.0.1', 'https://localhost')}"
    serve = ("serve", "--listen", "127.0.0.1:0", "--no-health-check", "--route", route)
    for trusted, status in [(pair, 200), (make_pair(tmp_path, "other"), 502)]:
        with proxykit(*serve, env={**os.environ, "SSL_CERT_FILE": str(trusted.chain)}) as command:
            answer = request(command.address(), "/x/a")
            assert answer.status == status
            if status == 502:
                assert "tls_certificate_error" in answer.headers["Proxy-Status"]


def test_the_command_says_which_file_is_bad(pair: Pair, tmp_path: Path) -> None:
    serve = ("serve", "--listen", "127.0.0.1:0", "--route", "/x")
    other = make_pair(tmp_path, "other")
    with proxykit(*serve, "--tls-cert", str(pair.chain), "--tls-key", str(other.key)) as command:
        status, output, errors = command.end()
        assert (status, output) == (2, "")
        assert errors.startswith("proxykit: the certificate file ")
        assert "localhost.pem" in errors
    with proxykit(*serve, "--tls-cert", str(pair.chain)) as command:
        status, output, errors = command.end()
        assert (status, output) == (2, "")
        assert "tls_keys" in errors
