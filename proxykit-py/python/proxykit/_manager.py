"""The manager as Python sees it; the native one does the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TypeVar

from . import _proxykit
from ._arguments import check_health, texts
from ._end import live
from ._events import Events
from ._handlers import Handler, check
from ._settings import HANDLER_OPTIONS, MANAGER_OPTIONS, ROUTE_OPTIONS, OptionValue, settings
from ._status import Status
from ._values import Balancer, HealthCheck, HostHeader, Reply, Seconds

_Handler = TypeVar("_Handler", bound=Handler)


class Manager(Status):
    """A reverse proxy inside this process: its routes, its listeners, its threads.

    A process may have many. Any method may be called from any thread at any time; those that change routes
    and backends never wait, and work before `start` and after `stop` as well. Threads exist from `start` to
    `stop` only. A manager that still runs when the interpreter ends, or that nobody refers to any more, is
    stopped at once. As a context manager it is stopped at the end of the block, with the usual deadline.

    Parameters
    ----------
    workers : int, default 0
        How many threads serve requests: 1 to 1024; 0 is one for each core.
    management : str, default "same"
        Where the management API is served: ``"same"`` is the proxy's own listener, ``"off"`` is nowhere,
        ``"HOST:PORT"`` and ``"unix:PATH"`` are a listener of its own.
    management_token : str, optional
        The token that callers of the management API must give (``Authorization: Bearer …``). Without one,
        only direct local callers are answered.
    management_hosts : iterable of str, optional
        Names that the management API answers to in ``Host``, beside the loopback names, when it has no token.
    trusted_proxies : iterable of str, optional
        The networks (``"10.0.0.0/8"``) and addresses whose ``X-Forwarded-For`` is believed.
    **options : str, bool, int, float, timedelta, path, or iterable of str or paths
        Every other option of a manager, by its name in ``docs/options.md``: ``idle_timeout=30``.

    Raises
    ------
    InvalidOptionError
        An option is out of its range. No thread, socket or file is made here.
    InvalidCertificateError
        A file of `tls_certificates`, `tls_keys` or `client_ca` cannot be used.
    """

    def __init__(
        self,
        *,
        workers: int = 0,
        management: str = "same",
        management_token: str | None = None,
        management_hosts: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        **options: OptionValue,
    ) -> None:
        self._native = _proxykit.Manager(
            workers,
            management,
            management_token,
            texts(management_hosts),
            texts(trusted_proxies),
            settings(options, MANAGER_OPTIONS),
        )

    # --- routes and backends ---

    def add_route(
        self,
        prefix: str,
        targets: Iterable[str] = (),
        *,
        balancer: Balancer = "round_robin",
        host_header: HostHeader = "client",
        strip_prefix: bool = True,
        health_check: HealthCheck | None = HealthCheck(),  # noqa: B008 (it is immutable)
        connect_timeout: Seconds = 5.0,
        response_head_timeout: Seconds = 60.0,
        **options: OptionValue,
    ) -> None:
        """Add a route for the paths that begin with `prefix`, with its first backends.

        Parameters
        ----------
        prefix : str
            A path such as ``"/proxy/"``: it takes ``/proxy`` and all below it. The longest prefix wins.
        targets : iterable of str, optional
            The backends: ``"http://HOST[:PORT][/BASE]"``, ``"https://…"``, ``"h2c://…"`` (HTTP/2 without
            TLS) or ``"unix:PATH"``.
        balancer : {"round_robin", "least_connections", "ip_hash", "least_load"}
            How a backend is picked for a request.
        host_header : {"client", "backend"}
            Whose name the backend sees in ``Host``.
        strip_prefix : bool, default True
            Whether the prefix is taken off the path before it is joined to the target's.
        health_check : HealthCheck or None
            How backends are checked; None switches checks off, so that every backend stays healthy.
        connect_timeout : float or timedelta, default 5.0
            The time to open a connection to a backend: 1 ms to 10 years. Then the client gets 504.
        response_head_timeout : float or timedelta, default 60.0
            The time from the end of a request to the head of its answer: 1 ms to 10 years. Then 504.
        **options : str, bool, int, float, timedelta, path, or iterable of str or paths
            Every other option of a route, by its name in ``docs/options.md``: ``request_timeout=30``.

        Raises
        ------
        InvalidPrefixError, InvalidTargetError, InvalidOptionError, InvalidCertificateError, RouteExistsError
            Nothing was changed then.
        """
        self._native.add_route(
            prefix,
            texts(targets),
            balancer,
            host_header,
            strip_prefix,
            check_health(health_check),
            connect_timeout,
            response_head_timeout,
            settings(options, ROUTE_OPTIONS),
        )

    def handle(
        self,
        prefix: str,
        function: Handler,
        *,
        handler_timeout: Seconds = 30.0,
        handler_body_limit: int | str = 1 << 20,
    ) -> None:
        """Have a function of the program answer the requests of a new route, beside those with backends.

        The function is called on threads of the manager's, up to ``handler_threads`` at once. It may call the
        manager, but for `stop` and `wait`. What it raises goes to ``sys.unraisablehook``, and the client gets
        500. It is let go when its route is gone and no call runs any more.

        Parameters
        ----------
        prefix : str
            A path such as ``"/ping"``: it takes ``/ping`` and all below it. The longest prefix wins.
        function : callable
            Takes a `Request` and returns a `Response`; or a str (sent as ``text/plain``), bytes
            (``application/octet-stream``), or None (204). A coroutine function is refused.
        handler_timeout : float or timedelta, default 30.0
            The time from the head of a request to its answer: 1 ms to 10 years. Then the client gets 504.
        handler_body_limit : int or str, default 1 MiB
            The largest body in bytes, or such as ``"64KiB"``: up to 1 GiB. Then 413, without a call.

        Raises
        ------
        InvalidPrefixError, InvalidOptionError, RouteExistsError, ForkedError
            Nothing was changed then.
        TypeError
            `function` is none that can be called, or a coroutine function.
        """
        limits = {"handler_timeout": handler_timeout, "handler_body_limit": handler_body_limit}
        self._native.handle(prefix, check(function), settings(limits, HANDLER_OPTIONS))

    def handler(
        self, prefix: str, *, handler_timeout: Seconds = 30.0, handler_body_limit: int | str = 1 << 20
    ) -> Callable[[_Handler], _Handler]:
        """Decorate a function that answers the requests of a new route. All else is as in `handle`."""

        def add(function: _Handler) -> _Handler:
            self.handle(
                prefix, function, handler_timeout=handler_timeout, handler_body_limit=handler_body_limit
            )
            return function

        return add

    def remove_route(self, prefix: str) -> None:
        """Remove a route. Requests in flight finish; later ones find no route.

        Raises
        ------
        InvalidPrefixError, RouteNotFoundError
        """
        self._native.remove_route(prefix)

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
        return self._native.add_backends(prefix, texts(targets), check_health(health_check))

    def remove_backends(self, prefix: str, targets: Iterable[str]) -> int:
        """Remove backends from a route. Requests in flight finish.

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

    def manage(self, method: str, target: str, body: bytes = b"") -> Reply:
        """Answer one call of the management API, for a host that serves it itself and says who may call.

        Parameters
        ----------
        method : str
            ``"GET"`` or ``"POST"``.
        target : str
            The path and the query: ``"/endpoints/list?prefixPath=/proxy/"``.
        body : bytes, optional
            The body of a ``POST``, JSON.

        Returns
        -------
        Reply
            Errors of the call are answers as well: a status of 400 or more.
        """
        return Reply(*self._native.manage(method, target, body))

    def reload_certificates(self) -> None:
        """Read the files of `tls_certificates`, `tls_keys` and `client_ca` again.

        New connections use what they hold now; those that stand go on with what they began with. Without
        certificates there is nothing to do.

        Raises
        ------
        InvalidCertificateError
            All that was in force stays so.
        ForkedError
        """
        self._native.reload_certificates()

    def events(self) -> Events:
        """Subscribe to what happens from here on: to routes, backends and their health.

        May be called before `start` and while the manager runs, any number of times, and each hears all.

        Raises
        ------
        ForkedError
        """
        return Events(self._native.events())

    # --- life cycle ---

    def start(self, listen: str | None = None) -> None:
        """Start the threads and accept connections.

        Parameters
        ----------
        listen : str, optional
            ``"HOST:PORT"`` (port 0 for a free one) or ``"unix:PATH"``; or a socket that listens already, TCP
            or unix: ``"fd:N"``, with the number that its ``fileno()`` gives, or ``"systemd"`` and
            ``"systemd:NAME"``, which systemd handed to the process. Such a socket stays its owner's, who may
            close it once this has returned: connections are accepted on a copy. Without `listen` only the
            health checks run, and the management API if it has a listener of its own.

        Raises
        ------
        InvalidAddressError, AddressInUseError, BindFailedError, StartFailedError
            Nothing runs then, and `start` may be called again.
        AlreadyStartedError, StoppedError, ForkedError
        """
        live.add(self)
        self._native.start(listen)

    @property
    def address(self) -> str:
        """Where connections are accepted: ``"127.0.0.1:8080"`` or ``"unix:PATH"``.

        Raises
        ------
        NotStartedError
            Also if the manager was started without a listener.
        """
        return self._native.address()

    @property
    def management_address(self) -> str:
        """Where the management API has a listener of its own.

        Raises
        ------
        NotStartedError
            Also if it has none.
        """
        return self._native.management_address()

    def wait(self, timeout: Seconds | None = None) -> None:
        """Wait until the manager is stopped. Other threads run meanwhile; Ctrl-C raises KeyboardInterrupt.

        Parameters
        ----------
        timeout : float or timedelta, optional
            The longest time to wait; by default there is no limit.

        Raises
        ------
        TimedOutError
            `timeout` ran out first.
        NotStartedError, WrongThreadError, ForkedError, InvalidArgumentError
        """
        self._native.wait(timeout)

    def serve(self, listen: str) -> None:
        """Start and wait until the manager is stopped: `start` and `wait` in one.

        After a ``KeyboardInterrupt`` the manager still runs, so that `stop` can let requests finish.
        """
        self.start(listen)
        self.wait()

    def stop(self, deadline: Seconds = 10.0) -> int:
        """Stop: accept no more connections, let requests and tunnels finish, close the rest at the deadline.

        May be called any number of times, also while another call waits: the earliest deadline counts. If a
        signal interrupts it (Ctrl-C), it stops at once, and then raises what the signal's handler raised.

        Parameters
        ----------
        deadline : float or timedelta, default 10.0
            The time that requests in flight get; 0 stops at once.

        Returns
        -------
        int
            How many requests and tunnels were cut off.

        Raises
        ------
        WrongThreadError, ForkedError, InvalidArgumentError
        """
        return self._native.stop(deadline)

    def __enter__(self) -> Manager:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<proxykit.Manager: {[route.prefix for route in self.routes()]}>"
