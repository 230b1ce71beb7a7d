from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxykit import Manager
from support import Backend


@pytest.fixture
def proxy() -> Iterator[Manager]:
    """A manager that accepts connections on a free port; at the end it is stopped at once."""
    manager = Manager(workers=1)
    manager.start("127.0.0.1:0")
    yield manager
    manager.stop(0)


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend
