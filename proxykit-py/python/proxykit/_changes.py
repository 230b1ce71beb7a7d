"""What changes a manager's routes and backends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._balancers import BalancerName, HostHeader
from ._durations import Duration
from ._options import RouteOptions
from ._proxykit import normal_prefix
from ._routes import Routes
from ._settings import ROUTE_OPTIONS, check_settings, settings, texts
from ._values import HealthCheck

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._mounts import Mounts


class Changes(Routes):
    """The part of the manager that changes routes and backends: never waiting, from any thread."""

    __slots__ = ("_mounts",)

    # The apps, if there are any.
    _mounts: Mounts | None

    def add_route(
        self,
        prefix: str,
        targets: Iterable[str] = (),
        *,
        balancer: BalancerName = "round_robin",
        host_header: HostHeader = "client",
        strip_prefix: bool = True,
        health_check: HealthCheck | None = HealthCheck(),  # noqa: B008 (it is immutable)
        connect_timeout: Duration = 5.0,
        response_head_timeout: Duration = 60.0,
        **options: Unpack[RouteOptions],
    ) -> None:
        """Add a route for the paths that begin with `prefix`, with its first backends.

        Parameters
        ----------
        prefix : str
            A path such as ``"/proxy/"``: it takes ``/proxy`` and all below it. The longest prefix wins.
        targets : iterable of str, optional
            The backends: ``"http://HOST[:PORT][/BASE]"``, ``"https://…"``, ``"h2c://…"`` (HTTP/2 without
            TLS) or ``"unix:PATH"``.
        balancer : Balancer or str, default "round_robin"
            How a backend is picked for a request: ``"round_robin"``, ``"least_connections"``,
            ``"ip_hash"`` or ``"least_load"``.
        host_header : {"client", "backend"}
            Whose name the backend sees in ``Host``.
        strip_prefix : bool, default True
            Whether the prefix is taken off the path before it is joined to the target's.
        health_check : HealthCheck or None
            How backends are checked; None switches checks off, so that every backend stays healthy.
        connect_timeout : float, timedelta or str, default 5.0
            The time to open a connection to a backend: 1 ms to 10 years. Then the client gets 504.
        response_head_timeout : float, timedelta or str, default 60.0
            The time from the end of a request to the head of its answer: 1 ms to 10 years. Then 504.
        **options : RouteOptions
            Every other option of a route, by its name in ``docs/options.md``: ``request_timeout=30``.

        Raises
        ------
        InvalidPrefixError, InvalidTargetError, InvalidOptionError, InvalidCertificateError, RouteExistsError
            Nothing was changed then.
        """
        keywords = {
            "balancer": balancer,
            "host_header": host_header,
            "strip_prefix": strip_prefix,
            "connect_timeout": connect_timeout,
            "response_head_timeout": response_head_timeout,
            **options,
        }
        written = check_settings(health_check) + settings(ROUTE_OPTIONS, keywords)
        self._native.add_route(prefix, texts(targets), written)

    def remove_route(self, prefix: str) -> None:
        """Remove a route. Requests in flight finish; later ones find no route. An app that is mounted ends.

        Parameters
        ----------
        prefix : str
            The route's prefix.

        Raises
        ------
        InvalidPrefixError, RouteNotFoundError
        """
        self._native.remove_route(prefix)
        if self._mounts is not None:
            self._mounts.remove(normal_prefix(prefix))

    def add_backends(
        self, prefix: str, targets: Iterable[str], *, health_check: HealthCheck | None = None
    ) -> int:
        """Add backends to a route: all of them, or none.

        Parameters
        ----------
        prefix : str
            The route's prefix.
        targets : iterable of str
            The backends; those that the route has already are left as they are.
        health_check : HealthCheck, optional
            How the new ones are checked: by default in the route's own way.

        Returns
        -------
        int
            How many are new.

        Raises
        ------
        InvalidPrefixError, InvalidTargetError, InvalidOptionError, RouteNotFoundError, RouteIsHandlerError
            Nothing was changed then.
        """
        written = None if health_check is None else check_settings(health_check)
        return self._native.add_backends(prefix, texts(targets), written)

    def remove_backends(self, prefix: str, targets: Iterable[str]) -> int:
        """Remove backends from a route. Requests in flight finish.

        Parameters
        ----------
        prefix : str
            The route's prefix.
        targets : iterable of str
            The backends.

        Returns
        -------
        int
            How many of them the route had.

        Raises
        ------
        InvalidPrefixError, InvalidTargetError, RouteNotFoundError, RouteIsHandlerError
            Nothing was changed then.
        """
        return self._native.remove_backends(prefix, texts(targets))

    def report_load(self, prefix: str, target: str, load: float) -> None:
        """Say how loaded a backend is, for routes with the balancer ``"least_load"``.

        A backend with twice the load of another gets half as many requests at a time. No request waits.

        Parameters
        ----------
        prefix, target : str
            The route and its backend.
        load : float
            Any figure from 0 up, in a unit of your own, the same for all backends of a route. It stays until
            the next report; until the first it is 1.

        Raises
        ------
        InvalidPrefixError, InvalidTargetError, InvalidArgumentError, RouteNotFoundError,
        BackendNotFoundError
        """
        self._native.report_load(prefix, target, load)
