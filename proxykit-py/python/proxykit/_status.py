"""A manager at one moment, as a mapping that can be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from . import _proxykit
from ._values import Route
from .exceptions import (
    ForkedError,
    InvalidPrefixError,
    NotStartedError,
    RouteNotFoundError,
    TimedOutError,
    WrongThreadError,
)

State = Literal["new", "running", "stopped", "forked"]
"""Where a manager is in its life. A child that was forked sees its parent's manager as ``"forked"``."""

_COLUMNS = ("route", "balancer", "backend", "health", "in flight", "load", "requests", "5xx")


def state(native: _proxykit.Manager) -> State:
    """Where a manager is in its life."""
    try:
        native.wait(0)
    except NotStartedError:
        return "new"
    except ForkedError:
        return "forked"
    # Its own threads may not wait for it, and exist only while it runs.
    except (TimedOutError, WrongThreadError):
        return "running"
    return "stopped"


@dataclass(frozen=True, repr=False)
class Status(Mapping[str, Route]):
    """A manager as it was at the moment of asking: a mapping of its routes by their prefixes.

    It does not change. Prefixes are taken as a manager takes them: ``status["/proxy"]`` is
    ``status["/proxy/"]``. Notebooks show it as a table.

    Attributes
    ----------
    routes : tuple of Route
        The routes, in the order of their prefixes.
    state : {"new", "running", "stopped", "forked"}
        Where the manager is in its life.
    address, management_address : str or None
        Where the proxy and the management API accept connections, if they have a listener.
    """

    routes: tuple[Route, ...]
    state: State
    address: str | None = None
    management_address: str | None = None
    _by_prefix: dict[str, Route] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_prefix", {route.prefix: route for route in self.routes})

    def __getitem__(self, prefix: str) -> Route:
        try:
            return self._by_prefix.get(prefix) or self._by_prefix[_proxykit.normal_prefix(prefix)]
        except (KeyError, InvalidPrefixError, TypeError):
            raise RouteNotFoundError(f"there is no route {prefix!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_prefix)

    def __len__(self) -> int:
        return len(self.routes)

    def __bool__(self) -> bool:
        return True

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as dicts, lists, texts and numbers, as `json.dumps` takes them."""
        routes = {route.prefix: asdict(route) for route in self.routes}
        for route in routes.values():
            route["balancer"] = str(route["balancer"])
        return {
            "state": self.state,
            "address": self.address,
            "management_address": self.management_address,
            "routes": routes,
        }

    def summary(self) -> str:
        """Say it in one line."""
        backends = [backend for route in self.routes for backend in route]
        place = f" on {self.address}" if self.address else ""
        routes = f"{len(self)} route{'' if len(self) == 1 else 's'}"
        healthy = sum(backend.healthy for backend in backends)
        return f"{self.state}{place}, {routes}, {healthy} of {len(backends)} backends healthy"

    def __repr__(self) -> str:
        return f"<proxykit.Status: {self.summary()}>"

    # --- for notebooks ---

    def _repr_html_(self) -> str:
        # Here, since few programs have a use for it.
        from html import escape

        def cell(value: object) -> str:
            colour = {"healthy": "green", "unhealthy": "red"}.get(str(value))
            style = f' style="color: {colour}"' if colour else ""
            return f"<td{style}>{escape(str(value))}</td>"

        head = "".join(f"<th>{column}</th>" for column in _COLUMNS)
        rows = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in self._rows())
        caption = f"<caption>Proxy Kit: {escape(self.summary())}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {
            "text/plain": repr(self),
            "text/html": self._repr_html_(),
            "application/json": self.to_dict(),
        }

    def _rows(self) -> Iterator[Sequence[object]]:
        for route in self.routes:
            if not route.backends:
                kind = "answered by the program" if route.is_handler else "no backends"
                counted = (route.counters.requests, route.counters.responses_5xx)
                yield (route.prefix, route.balancer, kind, "", "", "", *counted)
            for backend in route:
                health = "healthy" if backend.healthy else "unhealthy"
                counted = (backend.counters.requests, backend.counters.responses_5xx)
                live = (backend.in_flight, f"{backend.load:g}")
                yield (route.prefix, route.balancer, backend.target, health, *live, *counted)
