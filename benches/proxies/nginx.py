"""nginx, in its defaults where these do not slow it down."""

from __future__ import annotations

from pathlib import Path

from benches.machine import version
from benches.process import Program, free_port
from benches.proxies.setup import Peer, Proxy, Route, Setup

# A temporary file for what a client has not read yet would cost nginx more than it saves. A kept connection
# is never given up for the number of its requests, since nobody else does that.
GENERAL = """\
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log stderr error;
worker_rlimit_nofile {files};
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server_tokens off;
    keepalive_timeout {idle_timeout};
    keepalive_requests 1000000000;
    client_max_body_size 0;
    proxy_max_temp_file_size 0;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
{upstreams}
    server {{
        listen 127.0.0.1:{port} reuseport backlog=4096{listen};
{secure}{locations}
    }}
}}
"""

BALANCERS = {"round_robin": "", "least_connections": "least_conn;", "ip_hash": "ip_hash;"}


def upstream(number: int, route: Route, connections: int) -> str:
    servers = " ".join(f"server {backend};" for backend in route.backends)
    kept = f"keepalive {connections}; keepalive_requests 1000000000;"
    return f"    upstream u{number} {{ {BALANCERS[route.balancer]} {servers} {kept} }}"


def location(number: int, route: Route, protocol: str) -> str:
    pass_on = f"grpc_pass grpc://u{number};" if protocol == "h2c" else f"proxy_pass http://u{number};"
    return f"        location {route.prefix} {{ {pass_on} }}"


def configuration(setup: Setup, folder: Path, port: int) -> str:
    listen, secure = "", ""
    if setup.certificate:
        listen = " ssl"
        secure = (
            f"        ssl_certificate {setup.certificate.chain};\n"
            f"        ssl_certificate_key {setup.certificate.key};\n"
            "        ssl_protocols TLSv1.3; ssl_session_cache shared:tls:10m;\n"
        )
    if setup.downstream == "h2c":
        listen += " http2"
    routes = list(enumerate(setup.routes))
    return GENERAL.format(
        workers=setup.workers,
        folder=folder,
        # Each request holds a connection on either side.
        connections=2 * setup.connections,
        files=4 * setup.connections + 1024,
        idle_timeout=setup.idle_timeout,
        port=port,
        listen=listen,
        secure=secure,
        upstreams="\n".join(upstream(number, route, setup.connections) for number, route in routes),
        locations="\n".join(location(number, route, setup.upstream) for number, route in routes),
    )


def start(setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(configuration(setup, folder, port))
    program = Program("nginx", ["nginx", "-e", "stderr", "-c", str(file)], folder, cores)
    return Proxy(program.wait_for_port(port), port)


PEER = Peer("nginx", "nginx", start, lambda: version(["nginx", "-v"]), ("nginx",))
