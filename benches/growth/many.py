"""A backend that holds as many connections as one process can, for one proxy alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benches.backend import PROGRAMS, SMALL
from benches.process import Program, free_port

CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/backend.pid;
error_log stderr error;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ return 200 "{small}"; }}
    }}
}}
"""


@contextmanager
def backend(folder: Path, cores: tuple[int, ...], connections: int) -> Iterator[str]:
    """Run it on these cores; its address."""
    port = free_port()
    configuration = folder / "backend.conf"
    configuration.write_text(
        CONFIGURATION.format(folder=folder, connections=connections + 1000, port=port, small=SMALL)
    )
    command = [str(PROGRAMS / "backend-nginx"), "-e", "stderr", "-c", str(configuration)]
    with Program("backend", command, folder, cores) as program:
        program.wait_for_port(port)
        yield f"127.0.0.1:{port}"
