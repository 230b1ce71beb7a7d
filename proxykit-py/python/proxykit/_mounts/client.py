"""For whom a request is made, as the proxy says it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network


class Trusted:
    """The networks of the manager's trusted proxies."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network, strict=False) for network in networks]

    def client(self, forwarded_for: str) -> str | None:
        """Give the client's address: the last one in ``X-Forwarded-For`` that is no trusted proxy's.

        The proxy writes at its end who has connected; what stands before that is anybody's word.
        """
        address = None
        for text in reversed(forwarded_for.split(",")):
            try:
                found = ip_address(text.strip())
            except ValueError:
                break
            address = str(found)
            if not any(found in network for network in self._networks):
                break
        return address


def scheme(forwarded_proto: str) -> str:
    """Give the scheme that the client used."""
    return "https" if forwarded_proto.strip().lower() == "https" else "http"
