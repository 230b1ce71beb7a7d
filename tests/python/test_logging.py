"""The log in a logger of the standard library's."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Event as Flag

import pytest

from proxykit import Event, HealthCheck, Manager
from support import Backend, Program, hold, request, wait_until


class Kept(logging.Handler):
    """Keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def lines(self) -> list[str]:
        return [f"{record.levelname} {record.getMessage()}" for record in self.records]


def logger(name: str) -> tuple[logging.Logger, Kept]:
    logger, kept = logging.getLogger(name), Kept()
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers = [kept]
    return logger, kept


def wait_for(kept: Kept, count: int) -> list[logging.LogRecord]:
    wait_until(lambda: len(kept.records) >= count)
    return kept.records


def test_what_happens_is_logged(manager: Manager) -> None:
    first, heard = logger("test.first")
    second, then = logger("test.second")
    manager.set_logger(first)
    manager.add_route("/x", ["http://127.0.0.1:1"], health_check=HealthCheck(interval="10ms"))
    wait_until(lambda: len(heard.records) == 2)
    assert heard.lines() == ["INFO route added: /x/", "INFO backend added: /x/: http://127.0.0.1:1"]
    assert heard.records[1].event == Event("backend_added", "/x/", "http://127.0.0.1:1")  # type: ignore[attr-defined]

    manager.set_logger("test.second")
    manager.start("127.0.0.1:0")
    address = manager.address
    wait_until(lambda: len(then.records) == 2)
    manager.stop()
    wait_until(lambda: len(then.records) == 3)
    started, unhealthy, stopped = then.lines()
    assert started == f"INFO started: {address}"
    assert unhealthy.startswith("WARNING backend unhealthy: /x/: http://127.0.0.1:1: ")
    assert stopped == "INFO stopped: 0 cut off"
    assert len(heard.records) == 2, "the one that was replaced hears no more"
    assert second.handlers == [then]


def test_a_stop_that_cuts_off_is_a_warning(served: Manager, backend: Backend) -> None:
    served.add_route("/x", [backend.url])
    thread = hold(served.address, "/x/hold", backend)
    log, kept = logger("test.cut")
    served.set_logger(log)
    served.stop(0)
    thread.join()
    wait_until(lambda: kept.lines() == ["WARNING stopped: 1 cut off"])


def test_a_logger_hears_of_requests_if_it_wants_to(served: Manager) -> None:
    served.add_route("/x")
    loggers = [logger("test.info"), logger("test.debug")]
    loggers[1][0].setLevel(logging.DEBUG)
    served.set_logger(loggers[0][0])
    assert request(served.address, "/x/").status == 503
    served.set_logger(loggers[1][0])
    assert request(served.address, "/x/").status == 503
    (record,) = wait_for(loggers[1][1], 1)
    assert (record.levelno, record.category, record.event) == (logging.DEBUG, "requests", None)  # type: ignore[attr-defined]
    assert record.getMessage().startswith("request refused: /x/: 503 no_healthy_backend")
    assert loggers[0][1].records == []


def test_none_is_none(manager: Manager) -> None:
    log, kept = logger("test.none")
    manager.set_logger(log)
    manager.set_logger(None)
    manager.add_route("/x")
    manager.stop()
    assert kept.records == []


def test_a_slow_logger_holds_up_nothing(manager: Manager) -> None:
    log, kept = logger("test.slow")
    release = Flag()
    kept.addFilter(lambda _: release.wait(60))
    manager.set_logger(log)
    for _ in range(600):
        manager.add_route("/x")
        manager.remove_route("/x")
    release.set()
    manager.stop()
    wait_until(lambda: kept.lines()[-1:] == ["INFO stopped: 0 cut off"])
    assert any(line.startswith("WARNING records lost: ") for line in kept.lines())


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise SystemExit(3)"])
def test_the_last_words_are_written_before_logging_closes(tmp_path: Path, end: str) -> None:
    file = tmp_path / "proxy.log"
    program = f"""
import sys
from proxykit import Manager
import logging
logging.basicConfig(filename={str(file)!r}, level=logging.INFO, format="%(name)s %(message)s")
manager = Manager(workers=1)
manager.set_logger()
manager.start("127.0.0.1:0")
{end}
"""
    with Program("-c", program) as ending:
        assert ending.end() == (3 if end else 0, "", "")
    first, last = file.read_text().splitlines()
    assert first.startswith("proxykit started: 127.0.0.1:")
    assert last == "proxykit stopped: 0 cut off"


def test_a_program_without_logging_is_told_nothing() -> None:
    program = """
from proxykit import Manager
manager = Manager(workers=1)
manager.set_logger()
manager.add_route("/x", ["http://127.0.0.1:1"], health_check=None)
manager.start("127.0.0.1:0")
import logging
logging.getLogger("proxykit").warning("nobody hears it")
"""
    with Program("-c", program) as ending:
        assert ending.end() == (0, "", "")
