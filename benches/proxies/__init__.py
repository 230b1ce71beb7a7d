"""The proxies that are measured: all do the same, with the features on that Proxy Kit has on by default."""

from __future__ import annotations

from benches.proxies import go, haproxy, nginx, pingora, proxykit
from benches.proxies.proxykit import OTHER_HOSTS
from benches.proxies.python import PYTHON_PEERS
from benches.proxies.setup import Certificate, Peer, Protocol, Proxy, Route, Setup, Start

PEERS = {
    peer.name: peer
    for peer in (
        proxykit.PEER,
        *OTHER_HOSTS,
        *PYTHON_PEERS,
        nginx.PEER,
        haproxy.PEER,
        haproxy.SPLICING,
        go.PEER,
        pingora.PEER,
        haproxy.RELAY,
    )
}

# These are measured where they are named.
NOT_UNASKED = (*OTHER_HOSTS, *PYTHON_PEERS, haproxy.SPLICING)

__all__ = [
    "NOT_UNASKED",
    "OTHER_HOSTS",
    "PEERS",
    "Certificate",
    "Peer",
    "Protocol",
    "Proxy",
    "Route",
    "Setup",
    "Start",
]
