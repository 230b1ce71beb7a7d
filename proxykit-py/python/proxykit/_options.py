"""The options that have no keyword of their own, by their names in ``docs/options.md``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Literal, TypedDict, Union

from ._durations import Duration

Path = Union[str, "os.PathLike[str]"]
"""A file."""

Size = Union[int, str]
"""A number of bytes, or a text such as ``"64KiB"``."""


class ManagerOptions(TypedDict, total=False):
    """The options of a manager that `Manager` has no parameter for."""

    forwarded_headers: Literal["x_forwarded", "forwarded", "both"]
    proxy_protocol: Iterable[str]
    tls_certificates: Iterable[Path]
    tls_keys: Iterable[Path]
    tls_minimum_version: Literal["1.2", "1.3"]
    tls_handshake_timeout: Duration
    tls_reload_interval: Duration
    client_ca: Path | None
    client_certificate: Literal["off", "optional", "required"] | None
    client_subject_header: str | None
    request_head_timeout: Duration
    request_head_limit: Size
    request_header_limit: int
    request_target_limit: Size
    idle_timeout: Duration
    client_stall_timeout: Duration
    half_close_timeout: Duration
    connection_limit: int
    client_connection_limit: int
    stream_limit: int
    handler_threads: int
    handler_queue: int
    handler_memory: Size


class RouteOptions(TypedDict, total=False):
    """The options of a route that `Manager.add_route` has no parameter for."""

    send_proxy_protocol: Literal["off", "v1", "v2"]
    upstream_ca: Path | None
    upstream_server_name: str | None
    upstream_certificate: Path | None
    upstream_key: Path | None
    upstream_verify: bool
    backend_stall_timeout: Duration
    request_timeout: Duration
    tunnel_idle_timeout: Duration
    request_body_limit: Size
    backend_request_limit: int
    queue_limit: int
    queue_timeout: Duration
    attempts: int
    retry_budget: float
    replay_limit: Size
    health_interval: Duration
    health_timeout: Duration
    health_rise: int
    health_fall: int
    health_jitter: float
