"""The backend of all proxies: nginx on a core of its own, so fast that it is never what is measured."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from benches.process import Program, free_port
from benches.proxies.setup import Certificate

SMALL = "Hello world"
SIZES = {"10k": 10 * 1024, "1m": 1024 * 1024}

# gRPC's status is a trailer. A POST of a file is answered as a GET of it: nginx itself allows no POST there.
CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/backend.pid;
error_log stderr error;
worker_rlimit_nofile 65536;
events {{ worker_connections 32768; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    client_body_buffer_size 1m;
    client_max_body_size 0;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    sendfile on;
    open_file_cache max=100 inactive=1h;
    default_type application/octet-stream;
    root {folder}/files;
    server {{
        listen 127.0.0.1:{http} backlog=4096;
        location / {{ return 200 "{small}"; }}
        location /files/ {{ }}
    }}
    server {{
        listen 127.0.0.1:{grpc} http2 backlog=4096;
        default_type application/grpc;
        location / {{ return 200 "{small}"; }}
        location /bench.Echo/ {{
            error_page 405 =200 /files/reply;
            try_files /none /files/reply;
            add_trailer grpc-status 0 always;
        }}
        location /files/ {{ add_trailer grpc-status 0 always; }}
    }}
}}
"""


class Backend:
    """HTTP/1.1 at `http` (`/`, `/files/10k`, `/files/1m`, a POST to `/`), HTTP/2 and gRPC at `grpc`."""

    def __init__(self, folder: Path, cores: tuple[int, ...]) -> None:
        self.http, self.grpc = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        files = folder / "files/files"
        files.mkdir(parents=True)
        for name, size in SIZES.items():
            (files / name).write_bytes(bytes(size))
        (files / "reply").write_bytes(grpc_message(SMALL.encode()))
        configuration = folder / "backend.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=folder, http=self.http[10:], grpc=self.grpc[10:], small=SMALL)
        )
        # A copy, so that an nginx under measurement shares no page of memory with it.
        copy = folder / "backend-nginx"
        shutil.copy(shutil.which("nginx") or "nginx", copy)
        with ExitStack() as stack:
            self.program = stack.enter_context(
                Program("backend", [str(copy), "-c", str(configuration)], folder, cores)
            )
            self.program.wait_for_port(int(self.http.rsplit(":", 1)[1]))
            self.running = stack.pop_all()

    def __enter__(self) -> Backend:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.running.close()


def grpc_message(content: bytes) -> bytes:
    """A message of gRPC: whether it is compressed, its length, itself; here protobuf of one field."""
    message = b"\x0a" + bytes([len(content)]) + content
    return b"\x00" + len(message).to_bytes(4, "big") + message


def make_certificate(folder: Path) -> Certificate:
    """A certificate for localhost, which nobody else has signed, with a P-256 key."""
    made = Certificate(folder / "localhost.pem", folder / "localhost.key")
    configuration = folder / "openssl.cnf"
    configuration.write_text("[req]\ndistinguished_name = name\n[name]\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    name = [
        "-config",
        str(configuration),
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
    ]
    command = ["openssl", "req", "-x509", *key, *name, "-keyout", str(made.key), "-out", str(made.chain)]
    subprocess.run(command, check=True, capture_output=True)
    return made
