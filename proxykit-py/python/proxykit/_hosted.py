"""Routes that the program itself answers, by a function or by an app."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import finalize

from ._changes import Changes
from ._durations import Duration
from ._handlers import Handler, check
from ._options import RouteOptions, Size
from ._proxykit import normal_prefix
from ._settings import HANDLER_OPTIONS, settings
from ._status import state

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._mounts import Interface

_Handler = TypeVar("_Handler", bound=Handler)


class Hosted(Changes):
    """The part of the manager that brings routes of the program's own."""

    __slots__ = ("_trusted_proxies",)

    _trusted_proxies: list[str]

    def handle(
        self,
        prefix: str,
        function: Handler,
        *,
        handler_timeout: Duration = 30.0,
        handler_body_limit: Size = 1 << 20,
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
        handler_timeout : float, timedelta or str, default 30.0
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
        self._native.handle(prefix, check(function), settings(HANDLER_OPTIONS, limits))

    def handler(
        self, prefix: str, *, handler_timeout: Duration = 30.0, handler_body_limit: Size = 1 << 20
    ) -> Callable[[_Handler], _Handler]:
        """Decorate a function that answers the requests of a new route. All else is as in `handle`."""

        def add(function: _Handler) -> _Handler:
            self.handle(
                prefix, function, handler_timeout=handler_timeout, handler_body_limit=handler_body_limit
            )
            return function

        return add

    def mount(
        self,
        prefix: str,
        app: Callable[..., Any],
        *,
        interface: Interface = "auto",
        threads: int = 8,
        response_head_timeout: Duration = 60.0,
        **options: Unpack[RouteOptions],
    ) -> None:
        """Have an ASGI or WSGI app answer the requests of a new route, beside those with backends.

        The app runs in this process from `start` to `stop`, or until its route is removed: an ASGI app by
        uvicorn in an event loop of its own, with its lifespan (``pip install "proxykit[asgi]"``); a WSGI app
        by waitress on threads of its own (``pip install "proxykit[wsgi]"``). The proxy reaches it over a unix
        socket that only this user can open. Streaming and WebSocket go through.

        The app finds its place in ``root_path`` or ``SCRIPT_NAME``, and the client's address and scheme where
        it would find them without a proxy.

        Parameters
        ----------
        prefix : str
            A path such as ``"/app"``: it takes ``/app`` and all below it. The longest prefix wins; ``"/"`` is
            whatever no other route takes.
        app : callable
            The app: of FastAPI, Starlette, Django, Flask, or any other.
        interface : {"auto", "asgi", "wsgi"}
            How the app is called; by default a coroutine function is ASGI, and all else WSGI.
        threads : int, default 8
            How many requests a WSGI app answers at a time.
        response_head_timeout : float, timedelta or str, default 60.0
            The time until the head of its answer: 1 ms to 10 years. Then the client gets 504.
        **options : RouteOptions
            Every other option of a route, by its name in ``docs/options.md``.

        Raises
        ------
        InvalidPrefixError, InvalidOptionError, RouteExistsError, ForkedError
            Nothing was changed then.
        StartFailedError
            The manager runs, and the app did not start; the cause says why.
        ModuleNotFoundError
            The app's server is not installed; the message says which extra brings it.
        """
        normal = normal_prefix(prefix)
        if self._mounts is None:
            # Here, since programs without an app have no use for it.
            from ._mounts import Mounts

            self._mounts = Mounts(self._trusted_proxies, is_running=state(self._native) == "running")
            # For a manager that nobody refers to any more; at the end of the interpreter it is stopped.
            finalize(self, self._mounts.close).atexit = False
        mount = self._mounts.add(normal, app, interface, threads)
        try:
            self.add_route(
                normal,
                [f"unix:{mount.path}"],
                strip_prefix=False,
                health_check=None,
                response_head_timeout=response_head_timeout,
                **options,
            )
        except BaseException:
            self._mounts.forget(mount)
            raise

    def _start_apps(self) -> None:
        if self._mounts is not None and state(self._native) == "new":
            self._mounts.start()

    def _end_apps(self) -> None:
        """End the apps of a manager that does not run (any more)."""
        if self._mounts is None:
            return
        now = state(self._native)
        if now == "new":
            self._mounts.halt()
        elif now == "stopped":
            self._mounts.close()
