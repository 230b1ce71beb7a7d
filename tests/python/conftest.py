from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from proxykit import Manager
from support import Backend

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell has its background ignore Ctrl-C, and the programs of the tests would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def manager() -> Iterator[Manager]:
    """A manager that was not started; at the end it is stopped at once."""
    manager = Manager(workers=1)
    yield manager
    manager.stop(0)


@pytest.fixture
def served(manager: Manager) -> Manager:
    """A manager that accepts connections on a free port."""
    manager.start("127.0.0.1:0")
    return manager


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend
