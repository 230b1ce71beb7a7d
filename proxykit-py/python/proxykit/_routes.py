"""What a manager tells of its routes and backends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import _proxykit
from ._balancers import Balancer
from ._status import Status, state
from ._values import Backend, Connections, Counters, Route, Totals
from .exceptions import ForkedError, InvalidPrefixError, NotStartedError, RouteNotFoundError

if TYPE_CHECKING:
    from ._proxykit import _BackendRow


def _backend(row: _BackendRow) -> Backend:
    target, healthy, in_flight, load, counters = row
    return Backend(target, healthy, in_flight, load, Counters(*counters))


class Routes:
    """The part of the manager that only looks."""

    __slots__ = ("__weakref__", "_native")

    _native: _proxykit.Manager

    def list_backends(self, prefix: str) -> list[Backend]:
        """Give the backends of a route as they are at this moment, in the order in which they were added.

        Parameters
        ----------
        prefix : str
            The route's prefix.

        Raises
        ------
        InvalidPrefixError, RouteNotFoundError
        """
        return [_backend(row) for row in self._native.list_backends(prefix)]

    def get_backend(self, prefix: str, target: str) -> Backend:
        """Give one backend of a route as it is at this moment.

        Parameters
        ----------
        prefix : str
            The route's prefix.
        target : str
            The backend's URL.

        Raises
        ------
        InvalidPrefixError, InvalidTargetError, RouteNotFoundError, BackendNotFoundError
        """
        return _backend(self._native.get_backend(prefix, target))

    def routes(self) -> list[Route]:
        """Give all routes with their backends as they are at this moment, in the order of their prefixes."""
        return [
            Route(prefix, Balancer(balancer), tuple(map(_backend, rows)), is_handler, Counters(*counters))
            for prefix, balancer, rows, is_handler, counters in self._native.routes()
        ]

    def totals(self) -> Totals:
        """Give what was counted in all since the manager was made.

        Calls of the management API are not among it.
        """
        counters, connections = self._native.totals()
        return Totals(Counters(*counters), Connections(*connections))

    def status(self) -> Status:
        """Give all that there is to see at this moment, as a mapping of the routes by their prefixes.

        Examples
        --------
        >>> from proxykit import Manager
        >>> manager = Manager()
        >>> manager.add_route("/proxy/", ["http://localhost:8081"])
        >>> manager.status()["/proxy/"].backends[0].in_flight
        0
        >>> manager.status()
        <proxykit.Status: new, 1 route, 1 of 1 backends healthy>
        """
        return Status(tuple(self.routes()), state(self._native), self._address(), self._management_address())

    def _address(self) -> str | None:
        try:
            return self._native.address()
        except (NotStartedError, ForkedError):
            return None

    def _management_address(self) -> str | None:
        try:
            return self._native.management_address()
        except (NotStartedError, ForkedError):
            return None

    # --- as a collection of routes ---

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes())

    def __len__(self) -> int:
        return len(self._native.routes())

    def __bool__(self) -> bool:
        # Without routes a manager is there all the same.
        return True

    def __contains__(self, prefix: object) -> bool:
        if not isinstance(prefix, str):
            return False
        try:
            self._native.list_backends(prefix)
        except (RouteNotFoundError, InvalidPrefixError):
            return False
        return True

    def __getitem__(self, prefix: str) -> Route:
        normal = _proxykit.normal_prefix(prefix)
        for route in self.routes():
            if route.prefix == normal:
                return route
        raise RouteNotFoundError(f"there is no route {normal!r}")

    def __repr__(self) -> str:
        return f"<proxykit.{type(self).__name__}: {self.status().summary()}>"

    def _repr_html_(self) -> str:
        return self.status()._repr_html_()
