"""The scenario host of Python: does with a Manager what it is told on standard input, line by line.

Each line is answered with one: ``ok`` and the call's values, or ``error`` with number, name and message.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import astuple
from typing import Any, cast

import proxykit
import scenario_handlers as handlers
from proxykit import Counters, Events, HealthCheck, Log, LogLevel, Manager
from proxykit._proxykit import parse_duration
from scenario_wire import UnknownCommandError, join, read, split


def boolean(text: str) -> bool:
    return {"true": True, "false": False}[text]


def milliseconds(text: str) -> float:
    return int(text) / 1000


def texts(text: str) -> list[str]:
    return text.split(",")


OPTIONS: dict[str, Callable[[str], Any]] = {
    "workers": int,
    "management": str,
    "management_token": str,
    "management_hosts": texts,
    "trusted_proxies": texts,
    "balancer": str,
    "host_header": str,
    "strip_prefix": boolean,
    "health_check": boolean,
    "handler_timeout_ms": milliseconds,
    "health_interval": parse_duration,
    "health_interval_ms": milliseconds,
    "health_timeout": parse_duration,
    "health_timeout_ms": milliseconds,
    "health_rise": int,
    "health_fall": int,
    "health_jitter": float,
    "connect_timeout": parse_duration,
    "connect_timeout_ms": milliseconds,
    "response_head_timeout": parse_duration,
    "response_head_timeout_ms": milliseconds,
}


class Fields:
    """The fields of a command, taken from the left."""

    def __init__(self, line: str) -> None:
        self._rest = split(line)

    def text(self) -> str:
        if not self._rest:
            raise UnknownCommandError("a field is missing")
        return self._rest.pop(0)

    def text_or_none(self) -> str | None:
        return self.text() if self._rest else None

    def texts(self) -> list[str]:
        """Take a number, and so many fields."""
        return [self.text() for _ in range(read(self.text(), int))]

    def seconds(self) -> float:
        return read(self.text(), milliseconds)

    def options(self) -> dict[str, Any]:
        """Take the rest: NAME=VALUE, named as the keywords of Python."""
        options = {}
        while self._rest:
            name, _, value = self.text().partition("=")
            if name in OPTIONS:
                options[name.removesuffix("_ms")] = read(value, OPTIONS[name])
            else:
                options[name] = value
        return options

    def route_options(self) -> dict[str, Any]:
        """The options, those of the health check as one."""
        options = self.options()
        is_checked = options.pop("health_check", True)
        health = [name for name in options if name.startswith("health_")]
        fields = {name.removeprefix("health_"): options.pop(name) for name in health}
        if fields or not is_checked:
            options["health_check"] = HealthCheck(**fields) if is_checked else None
        return options


def call(manager: Manager, command: str, fields: Fields) -> Iterable[object]:
    """Call the manager, and give what it gives."""
    if command == "add_route":
        manager.add_route(fields.text(), fields.texts(), **fields.route_options())
    elif command == "handle":
        manager.handle(fields.text(), handlers.named(fields.text()), **fields.options())
    elif command == "remove_route":
        manager.remove_route(fields.text())
    elif command == "add_backends":
        return [manager.add_backends(fields.text(), fields.texts(), **fields.route_options())]
    elif command == "remove_backends":
        return [manager.remove_backends(fields.text(), fields.texts())]
    elif command == "list_backends":
        backends = manager.list_backends(fields.text())
        return [value for backend in backends for value in (backend.target, backend.healthy)]
    elif command == "report_load":
        manager.report_load(fields.text(), fields.text(), read(fields.text(), float))
    elif command == "get_backend":
        backend = manager.get_backend(fields.text(), fields.text())
        return [backend.target, backend.healthy]
    elif command == "list_routes":
        return [value for route in manager.routes() for value in (route.prefix, route.balancer)]
    elif command == "counters":
        return astuple(counters(manager, fields.text(), fields.text_or_none()))
    elif command == "totals":
        return astuple(manager.totals().counters)
    elif command == "connections":
        return astuple(manager.totals().connections)
    elif command == "start":
        manager.start(fields.text_or_none())
    elif command == "address":
        return [manager.address]
    elif command == "management_address":
        return [manager.management_address]
    elif command == "reload_certificates":
        manager.reload_certificates()
    elif command == "wait":
        manager.wait(fields.seconds())
    elif command == "stop":
        return [manager.stop(fields.seconds())]
    elif command == "manage":
        reply = manager.manage(fields.text(), fields.text(), fields.text().encode())
        return [reply.status, reply.body.decode()]
    else:
        raise UnknownCommandError(f"{command!r} is unknown")
    return []


def counters(manager: Manager, prefix: str, target: str | None) -> Counters:
    """Give the counters of a route, or of a backend."""
    if target is not None:
        return manager.get_backend(prefix, target).counters
    for route in manager.routes():
        if route.prefix.strip("/") == prefix.strip("/"):
            return route.counters
    raise UnknownCommandError("counters: there is no such route")


class Host:
    """One manager at a time."""

    manager: Manager | None = None
    events: Events | None = None
    log: Log | None = None

    def do(self, line: str) -> Iterable[object]:
        fields = Fields(line)
        command = fields.text()
        if command == "version":
            return [proxykit.__version__]
        if command == "new":
            self.manager = Manager(**fields.options())
            return []
        if command == "release":
            handlers.GATE.open()
            return []
        if command == "held":
            return [handlers.GATE.held]
        if self.manager is None:
            raise UnknownCommandError(f"{command}: there is no manager")
        if command == "free":
            # Nobody refers to it any more, so it stops.
            self.manager = None
            return []
        if command == "events":
            self.events = self.manager.events()
            return []
        if command == "next_event":
            return self.next_event(fields.seconds())
        if command == "log":
            # What is no level is what some scenarios are about.
            self.log = self.manager.log(cast(LogLevel, fields.text()))
            return []
        if command == "next_record":
            return self.next_record(fields.seconds())
        return call(self.manager, command, fields)

    def next_event(self, timeout: float) -> Iterable[object]:
        if self.events is None:
            raise UnknownCommandError("next_event: there are no events")
        event = self.events.next(timeout)
        texts = (event.kind, event.prefix, event.target, event.address)
        return [*(text or "" for text in texts), event.count or 0]

    def next_record(self, timeout: float) -> Iterable[object]:
        if self.log is None:
            raise UnknownCommandError("next_record: there is no log")
        record = self.log.next(timeout)
        return [record.level, record.category, record.message, record.event.kind if record.event else ""]

    def answer(self, line: str) -> str:
        try:
            return join(["ok", *self.do(line)])
        except UnknownCommandError as error:
            return join(["error", 0, "unknown_command", error])
        except proxykit.ProxyKitError as error:
            return join(["error", error.code, error.name, error])


def main() -> None:
    # What is raised on purpose is no news.
    sys.unraisablehook = lambda _: None
    host = Host()
    output = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n")
    for line in io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="\n"):
        print(host.answer(line.removesuffix("\n")), file=output, flush=True)


if __name__ == "__main__":
    main()
