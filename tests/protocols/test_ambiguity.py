"""What could be read in two ways: the short part of the conformance run, against Proxy Kit alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.families import AMBIGUOUS
from conformance.known import KNOWN
from conformance.model import Case, Family
from conformance.run import results, stages
from conformance.stage import Stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with stages(["proxykit"]) as all_stages:
        yield all_stages["proxykit"]


@pytest.mark.parametrize("family", AMBIGUOUS, ids=lambda family: family.name)
def test_each_message_is_refused_or_passed_on_in_one_way(stage: Stage, family: Family) -> None:
    failed = []
    for case in family.cases:
        assert isinstance(case, Case)
        for (name, _), result in results(case, stage).items():
            if result.verdict != "pass" and (family.name, name) not in KNOWN:
                failed.append(f"{name}: {result.seen}")
    assert not failed, "\n".join(failed)
