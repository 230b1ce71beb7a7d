"""The backend of all proxies: nginx on a core of its own, so fast that it is never what is measured."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benches.load import PROGRAM
from benches.process import Program, free_port
from benches.proxies.setup import Certificate

PROGRAMS = Path(__file__).parents[1] / "build/benches"
SMALL = "Hello world"
SIZES = {"10k": 10 * 1024, "1m": 1024 * 1024}
# It is sent in chunks to who takes it compressed.
PAGE = "/pages/page.html"

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
        location /pages/ {{
            gzip on;
            gzip_types *;
            add_header Cache-Control "max-age=60, must-revalidate";
            add_header Content-Language en;
            add_header Set-Cookie "session=5f1c9a7e0b3d4826; Path=/; HttpOnly; SameSite=Lax";
            add_header Vary Accept-Encoding;
            add_header X-Content-Type-Options nosniff;
        }}
    }}
    server {{
        listen 127.0.0.1:{https} ssl backlog=4096;
        ssl_certificate {certificate.chain};
        ssl_certificate_key {certificate.key};
        location / {{ return 200 "{small}"; }}
        location /files/ {{ }}
    }}
    server {{
        listen 127.0.0.1:{http2} http2 backlog=4096;
        location / {{ return 200 "{small}"; }}
    }}
}}
"""


@dataclass(frozen=True)
class Backend:
    """Addresses.

    All of HTTP answer `/`, those of HTTP/1.1 also `/files/10k` and `/files/1m`, and `http` has `PAGE`.
    """

    http: str
    https: str
    http2: str
    grpc: str
    websocket: str


@contextmanager
def backend(folder: Path, cores: tuple[int, ...], certificate: Certificate) -> Iterator[Backend]:
    """Run them all on these cores."""
    write_files(folder / "files")
    http, https, http2 = free_port(), free_port(), free_port()
    configuration = folder / "backend.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder, http=http, https=https, http2=http2, certificate=certificate, small=SMALL
        )
    )
    # A copy, so that an nginx under measurement shares no page of memory with it.
    # Where programs can be run from, which temporary folders do not always allow.
    copy = PROGRAMS / "backend-nginx"
    fresh = copy.with_suffix(f".{os.getpid()}")
    shutil.copy(shutil.which("nginx") or "nginx", fresh)
    # Another run may have the one before it open.
    fresh.replace(copy)
    with ExitStack() as stack:

        def run(name: str, *command: str) -> Program:
            return stack.enter_context(Program(name, command, folder, cores))

        run("backend", str(copy), "-e", "stderr", "-c", str(configuration)).wait_for_port(http)
        grpc = run("backend-grpc", str(PROGRAM), "serve-grpc").announced_port()
        websocket = run("backend-websocket", str(PROGRAM), "serve-websocket").announced_port()
        # By the name that its certificate is for.
        secure = f"localhost:{https}"
        http, http2, grpc, websocket = (f"127.0.0.1:{port}" for port in (http, http2, grpc, websocket))
        yield Backend(http, secure, http2, grpc, websocket)


def write_files(root: Path) -> None:
    """What it serves."""
    files, page = root / "files", root / PAGE[1:]
    files.mkdir(parents=True)
    for name, size in SIZES.items():
        (files / name).write_bytes(bytes(size))
    page.parent.mkdir()
    page.write_text("".join(f"<p>Paragraph {number} of many.</p>\n" for number in range(200)))


def make_certificate(folder: Path) -> Certificate:
    """A certificate for localhost, which nobody else has signed, with a P-256 key."""
    made = Certificate(folder / "localhost.pem", folder / "localhost.key")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", *key, *name, "-keyout", str(made.key), "-out", str(made.chain)]
    subprocess.run(command, check=True, capture_output=True)
    return made
