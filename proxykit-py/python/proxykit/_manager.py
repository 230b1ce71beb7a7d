"""The manager as Python sees it; the native one does the work."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING

from . import _proxykit
from ._durations import Duration, seconds
from ._end import live
from ._events import Events, Log
from ._hosted import Hosted
from ._loops import Done, in_thread, runs_here, stopped
from ._options import ManagerOptions
from ._settings import MANAGER_OPTIONS, settings, texts
from ._values import LogLevel, Reply
from .exceptions import TimedOutError

if TYPE_CHECKING:
    from logging import Logger

    from typing_extensions import Unpack

    from ._log import Writer


class Manager(Hosted):
    """A reverse proxy inside this process: its routes, its listeners, its threads.

    A process may have many. Any method may be called from any thread at any time; those that change routes
    and backends never wait, and work before `start` and after `stop` as well. Threads exist from `start` to
    `stop` only. A manager that still runs when the interpreter ends, or that nobody refers to any more, is
    stopped at once. As a context manager (``with``, and in an event loop ``async with``) it is stopped at
    the end of the block, with the usual deadline.

    It is a collection of its routes: ``for route in manager``, ``manager["/x/"]``, ``"/x/" in manager``.

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
    **options : ManagerOptions
        Every other option of a manager, by its name in ``docs/options.md``: ``idle_timeout=30``.

    Raises
    ------
    InvalidOptionError
        An option is out of its range. No thread, socket or file is made here.
    InvalidCertificateError
        A file of `tls_certificates`, `tls_keys` or `client_ca` cannot be used.
    """

    __slots__ = ("_writer",)

    _writer: Writer | None

    def __init__(
        self,
        *,
        workers: int = 0,
        management: str = "same",
        management_token: str | None = None,
        management_hosts: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        **options: Unpack[ManagerOptions],
    ) -> None:
        self._mounts = None
        self._writer = None
        self._trusted_proxies = texts(trusted_proxies)
        keywords = {
            "workers": workers,
            "management": management,
            "management_token": management_token,
            "management_hosts": texts(management_hosts),
            "trusted_proxies": self._trusted_proxies,
            **options,
        }
        self._native = _proxykit.Manager(settings(MANAGER_OPTIONS, keywords))
        live.add(self)

    # --- the whole ---

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

    def log(self, level: LogLevel = "info") -> Log:
        """Subscribe to the log: to what happens from here on, in words, and to what goes wrong beside it.

        May be called before `start` and while the manager runs, any number of times, and each hears all.

        Parameters
        ----------
        level : str, default "info"
            The last level that is wanted: ``"error"``, ``"warn"``, ``"info"`` or ``"debug"``, which speaks of
            single requests.

        Raises
        ------
        InvalidArgumentError, ForkedError
        """
        return Log(self._native.log(level))

    def set_logger(self, logger: Logger | str | None = "proxykit") -> None:
        """Have the log from here on written to a logger, until the manager has stopped.

        Routes and backends that come and go, start and stop are ``INFO``; backends that fail their checks,
        refused certificates, lost records, and a stop that cut off requests are ``WARNING``; what does not
        work is ``ERROR``, and what went wrong with single requests ``DEBUG``. Whether the logger takes that
        is asked once, here. The record's attribute ``category`` says what it speaks of; ``event`` is the
        `Event` that it tells of, or None.

        A thread writes, so that a slow logger holds up nothing; if it does not keep up, records are lost as
        `Log` says. At the end of the interpreter it writes what is left before logging closes.

        Parameters
        ----------
        logger : logging.Logger, str or None, default "proxykit"
            The logger, or its name. One that was set before hears no more; None is none.

        Raises
        ------
        ForkedError
        """
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if logger is not None:
            # Here, since a program without logging has no use for it.
            from ._log import Writer, level_for, named

            logger = named(logger)
            self._writer = Writer(self.log(level_for(logger)), logger)

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
        self._start_apps()
        try:
            self._native.start(listen)
        except BaseException:
            self._end_apps()
            raise

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

    def wait(self, timeout: Duration | None = None) -> Awaitable[None]:
        """Wait until the manager is stopped. Other threads run meanwhile; Ctrl-C raises KeyboardInterrupt.

        In a thread that runs an event loop nothing must wait so: there it returns at once, and what it gives
        is to be awaited, ``await manager.wait()``. That takes no thread, and can be cancelled.

        Parameters
        ----------
        timeout : float, timedelta or str, optional
            The longest time to wait; by default there is no limit.

        Raises
        ------
        TimedOutError
            `timeout` ran out first.
        NotStartedError, WrongThreadError, ForkedError, InvalidArgumentError
        """
        limit = None if timeout is None else seconds(timeout, "timeout")
        if runs_here():
            return self._wait(limit)
        self._native.wait(limit)
        return Done()

    async def _wait(self, limit: float | None) -> None:
        try:
            self._native.wait(0)
        except TimedOutError:
            with self.events() as events:
                await stopped(events, limit)

    def serve(self, listen: str) -> Awaitable[None]:
        """Start and wait until the manager is stopped: `start` and `wait` in one.

        Parameters
        ----------
        listen : str
            As in `start`.

        After a ``KeyboardInterrupt`` the manager still runs, so that `stop` can let requests finish.
        """
        self.start(listen)
        return self.wait()

    def stop(self, deadline: Duration = 10.0) -> int:
        """Stop: accept no more connections, let requests and tunnels finish, close the rest at the deadline.

        May be called any number of times, also while another call waits: the earliest deadline counts. If a
        signal interrupts it (Ctrl-C), it stops at once, and then raises what the signal's handler raised.

        Parameters
        ----------
        deadline : float, timedelta or str, default 10.0
            The time that requests in flight get; 0 stops at once.

        Returns
        -------
        int
            How many requests and tunnels were cut off.

        Raises
        ------
        WrongThreadError, ForkedError, InvalidArgumentError
        """
        try:
            return self._native.stop(seconds(deadline, "deadline"))
        finally:
            self._end_apps()

    async def aclose(self, deadline: Duration = 10.0) -> int:
        """Stop as `stop` does, in an event loop, which goes on meanwhile.

        If it is cancelled, what is still in flight is cut off at once, and the manager stops without being
        waited for.
        """
        with self.events() as events:
            self._native.begin_stop(seconds(deadline, "deadline"))
            try:
                await stopped(events, None)
            except BaseException:
                self._native.begin_stop(0)
                raise
        # It is over, and says what was cut off.
        return await in_thread(self.stop)

    def __enter__(self) -> Manager:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Manager:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
