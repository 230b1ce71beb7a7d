"""HAProxy as a proxy of HTTP, and as a bare relay of bytes: the floor of what passing on can cost."""

from __future__ import annotations

from pathlib import Path

from benches.machine import version
from benches.process import Program, free_port
from benches.proxies.setup import Peer, Proxy, Route, Setup

# It wants two files for each connection, also where most are idle and need one: without them it starts too.
# Connections to backends are kept for as many clients as there may be: by default it closes those that would
# take more than a quarter of its files, and opens new ones, at twice the cost of a request.
GENERAL = """\
global
    no strict-limits
    tune.pool-low-fd-ratio 100
    tune.pool-high-fd-ratio 100
    maxconn {connections}
    nbthread {workers}
    ssl-default-bind-options ssl-min-ver TLSv1.3
defaults
    mode {mode}
    timeout connect 5s
    timeout client {idle_timeout}s
    timeout server 60s
    timeout tunnel 1h
"""

HTTP = """\
    timeout http-request 30s
    timeout http-keep-alive {idle_timeout}s
    option forwardfor
    http-reuse always
"""

# For large answers only: it brings nothing to small ones. Its own judgement (`splice-auto`) did not splice
# answers of 1 MiB.
SPLICE = """\
    option splice-response
"""

SET_HEADERS = """\
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
"""

BALANCERS = {"round_robin": "roundrobin", "least_connections": "leastconn", "ip_hash": "source"}


def backend(number: int, route: Route, upstream: str) -> str:
    lines = [f"backend b{number}", f"    balance {BALANCERS[route.balancer]}"]
    for index, address in enumerate(route.backends):
        suffix = " check inter 5s" if route.checked else ""
        suffix += " proto h2" if upstream == "h2c" else ""
        lines.append(f"    server s{index} {address}{suffix}")
    return "\n".join(lines) + "\n"


def choice(routes: list[tuple[int, Route]], folder: Path) -> str:
    """Which backend serves a request: a tree of prefixes where there are several."""
    if len(routes) == 1:
        return "    default_backend b0\n"
    file = folder / "routes.map"
    file.write_text("".join(f"{route.prefix} b{number}\n" for number, route in routes))
    return f"    use_backend %[path,map_beg({file})]\n"


def configuration(setup: Setup, folder: Path, port: int, mode: str, more: str) -> str:
    bind = ""
    if setup.certificate:
        bundle = folder / "bundle.pem"
        bundle.write_text(setup.certificate.chain.read_text() + setup.certificate.key.read_text())
        bind = f" ssl crt {bundle}"
    if mode == "http" and setup.downstream == "h2c":
        bind += " proto h2"
    parameters = {
        "connections": setup.connections,
        "workers": setup.workers,
        "idle_timeout": setup.idle_timeout,
        "mode": mode,
    }
    routes = list(enumerate(setup.routes))
    upstream = setup.upstream if mode == "http" else "bytes"
    return "".join(
        [
            GENERAL.format(**parameters),
            HTTP.format(**parameters) if mode == "http" else "",
            more,
            f"frontend clients\n    bind 127.0.0.1:{port} backlog 4096{bind}\n",
            SET_HEADERS if mode == "http" else "",
            choice(routes, folder),
            *(backend(number, route, upstream) for number, route in routes),
        ]
    )


def start_as(
    name: str, mode: str, setup: Setup, folder: Path, cores: tuple[int, ...], more: str = ""
) -> Proxy:
    port = free_port()
    file = folder / f"{name}.cfg"
    file.write_text(configuration(setup, folder, port, mode, more))
    program = Program(name, ["haproxy", "-db", "-f", str(file)], folder, cores)
    return Proxy(program.wait_for_port(port), port)


def start(setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
    return start_as("haproxy", "http", setup, folder, cores)


def start_splicing(setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
    return start_as("haproxy-splicing", "http", setup, folder, cores, SPLICE)


def start_relay(setup: Setup, folder: Path, cores: tuple[int, ...]) -> Proxy:
    return start_as("relay", "tcp", setup, folder, cores)


PEER = Peer("haproxy", "HAProxy", start, lambda: version(["haproxy", "-v"]), ("haproxy",))
SPLICING = PEER._replace(name="haproxy-splicing", title="HAProxy, splicing", start=start_splicing)
RELAY = Peer(
    "relay", "TCP relay", start_relay, lambda: version(["haproxy", "-v"]), ("haproxy",), is_relay=True
)
