"""How a backend is picked, and whose name it sees."""

from __future__ import annotations

from enum import Enum
from typing import Literal, Union


class Balancer(str, Enum):
    """How a route picks a backend for a request. Each equals its value, which may be given in its place.

    Examples
    --------
    >>> Balancer.IP_HASH == "ip_hash"
    True
    """

    ROUND_ROBIN = "round_robin"
    """One after the other."""
    LEAST_CONNECTIONS = "least_connections"
    """The one with the fewest requests in flight."""
    IP_HASH = "ip_hash"
    """The same one for the same client address."""
    LEAST_LOAD = "least_load"
    """The one with the least load, by what `Manager.report_load` says."""

    # A value is a str, also where it is shown or looked up; enumerations would say their names.
    __str__ = str.__str__
    __hash__ = str.__hash__

    def __format__(self, format_spec: str) -> str:
        return format(self.value, format_spec)


BalancerName = Union[Balancer, Literal["round_robin", "least_connections", "ip_hash", "least_load"]]
"""A balancer, or its value."""

HostHeader = Literal["client", "backend"]
"""Whose name the backend sees in ``Host``."""
