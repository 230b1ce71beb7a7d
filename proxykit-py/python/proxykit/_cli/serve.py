"""``proxykit serve``: one manager, from the command line to a signal."""

from __future__ import annotations

from typing import Any

from .. import HealthCheck, Manager
from .._settings import ROUTE_OPTIONS
from .arguments import Options
from .output import complain, say, url


def serve(options: Options) -> int:
    """Serve until a signal comes, and give the exit status."""
    manager = _manager(options)
    try:
        manager.start(options.listen)
        say(f"listening on {url(manager.address, secure=bool(options.tls_certificates))}")
        if options.management not in ("same", "off"):
            say(f"management on {url(manager.management_address)}")
        manager.wait()
    except KeyboardInterrupt:
        cut_off = manager.stop(options.stop_deadline)
        if cut_off:
            complain(f"{cut_off} requests were cut off")
    return 0


def _manager(options: Options) -> Manager:
    # What has a keyword of another type has a flag, and does not come this way.
    settings: dict[str, Any] = dict(options.settings)
    of_routes = {name: settings.pop(name) for name in list(settings) if name in ROUTE_OPTIONS}
    manager = Manager(
        workers=options.workers,
        management=options.management,
        management_token=options.management_token,
        management_hosts=options.management_hosts,
        trusted_proxies=options.trusted_proxies,
        proxy_protocol=options.proxy_protocol,
        tls_certificates=options.tls_certificates,
        tls_keys=options.tls_keys,
        client_ca=options.client_ca,
        **settings,
    )
    health_check = HealthCheck(
        interval=options.health_interval,
        timeout=options.health_timeout,
        rise=options.health_rise,
        fall=options.health_fall,
        jitter=options.health_jitter,
    )
    # A bad flag is refused even if no route makes use of it.
    Manager().add_route("/", health_check=health_check, **of_routes)
    for prefix, targets in options.routes:
        manager.add_route(
            prefix,
            targets,
            balancer=options.balancer,
            host_header=options.host_header,
            strip_prefix=options.strip_prefix,
            health_check=health_check if options.health_check else None,
            connect_timeout=options.connect_timeout,
            response_head_timeout=options.response_head_timeout,
            **of_routes,
        )
    return manager
