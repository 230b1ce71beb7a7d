"""What a manager tells of its routes and backends."""

from __future__ import annotations

from . import _proxykit
from ._values import Backend, Route


class Status:
    """The part of the manager that only looks."""

    _native: _proxykit.Manager

    def list_backends(self, prefix: str) -> list[Backend]:
        """Give the backends of a route as they are at this moment, in the order in which they were added.

        Raises
        ------
        InvalidPrefixError, RouteNotFoundError
        """
        return [Backend(*row) for row in self._native.list_backends(prefix)]

    def get_backend(self, prefix: str, target: str) -> Backend:
        """Give one backend of a route as it is at this moment.

        Raises
        ------
        InvalidPrefixError, InvalidTargetError, RouteNotFoundError, BackendNotFoundError
        """
        return Backend(*self._native.get_backend(prefix, target))

    def routes(self) -> list[Route]:
        """Give all routes with their backends as they are at this moment, in the order of their prefixes."""
        return [
            Route(prefix, balancer, tuple(Backend(*row) for row in rows), is_handler)
            for prefix, balancer, rows, is_handler in self._native.routes()
        ]
