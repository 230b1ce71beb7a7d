"""All families, in the order of the table."""

from __future__ import annotations

from conformance.families import (
    announced,
    bodies,
    chunks,
    clients,
    connections,
    downgrade,
    floods,
    grpc_calls,
    heads,
    http2,
    interim,
    lengths,
    messages,
    splitting,
    suites,
    tunnels,
)

#: Those that the tests of Proxy Kit alone run.
AMBIGUOUS = [*lengths.FAMILIES, *chunks.FAMILIES, *heads.FAMILIES, *downgrade.FAMILIES, *splitting.FAMILIES]
FAMILIES = [
    *AMBIGUOUS,
    *messages.FAMILIES,
    *interim.FAMILIES,
    *announced.FAMILIES,
    *connections.FAMILIES,
    *bodies.FAMILIES,
    *tunnels.FAMILIES,
    *http2.FAMILIES,
    *floods.FAMILIES,
    *grpc_calls.FAMILIES,
    *clients.FAMILIES,
    *suites.FAMILIES,
]
