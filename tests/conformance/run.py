"""Runs the cases, all proxies at the same time, and each case twice before it counts as failed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from conformance.grpc_backend import grpc_backend
from conformance.model import Case, Failed, Family, NotApplicable, Result, Suite
from conformance.proxies import running
from conformance.recorder import OK, Recorder, answering
from conformance.stage import Stage

#: The results by family, case and proxy.
Table = dict[str, dict[tuple[str, str], dict[str, Result]]]


@dataclass
class Run:
    table: Table = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


def once(case: Case, stage: Stage) -> Result:
    stage.backend.begin(answering(OK))
    try:
        return Result("pass", case.run(stage))
    except Failed as error:
        return Result("fail", str(error))
    except NotApplicable as error:
        return Result("n/a", str(error))
    except (OSError, AssertionError, ValueError, LookupError) as error:
        return Result("fail", f"{type(error).__name__}: {error}")


def suite_once(suite: Suite, stage: Stage) -> dict[tuple[str, str], Result]:
    stage.backend.begin(answering(OK))
    try:
        return {(name, suite.rule): result for name, result in suite.run(stage).items()}
    except NotApplicable as error:
        return {(suite.name, suite.rule): Result("n/a", str(error))}
    except (OSError, AssertionError, ValueError, LookupError, subprocess.SubprocessError) as error:
        return {(suite.name, suite.rule): Result("fail", f"{type(error).__name__}: {error}")}


def results(case: Case | Suite, stage: Stage) -> dict[tuple[str, str], Result]:
    if isinstance(case, Suite):
        found = suite_once(case, stage)
        # A suite that did not run at all; what it finds of single cases counts as it is.
        return suite_once(case, stage) if [result.verdict for result in found.values()] == ["fail"] else found
    result = once(case, stage)
    if result.verdict == "fail":
        # A busy machine is no defect: what is one shows itself again, with more time.
        stage.quiet *= 4
        result = once(case, stage)
        stage.quiet /= 4
    return {(case.name, case.rule): result}


@contextmanager
def stages(names: list[str]) -> Iterator[dict[str, Stage]]:
    """A stage for each of these proxies."""
    with ExitStack() as stack:
        backends = {name: Recorder() for name in names}
        for backend in backends.values():
            stack.callback(backend.close)
        grpc = stack.enter_context(grpc_backend())
        proxies = stack.enter_context(
            running(names, {name: one.port for name, one in backends.items()}, grpc)
        )
        yield {name: Stage(proxies[name], backends[name]) for name in names}


def run(families: list[Family], names: list[str], tell: Callable[[str], None]) -> Run:
    """Run these families against these proxies; `tell` hears of each family and proxy that is done."""
    done = Run()
    with stages(names) as all_stages, ThreadPoolExecutor(len(names)) as threads:
        done.versions = {name: stage.proxy.version for name, stage in all_stages.items()}

        def family_at(family: Family, name: str) -> dict[tuple[str, str], Result]:
            found: dict[tuple[str, str], Result] = {}
            for case in family.cases:
                found |= results(case, all_stages[name])
            return found

        for family in families:
            lanes = {name: threads.submit(family_at, family, name) for name in names}
            table: dict[tuple[str, str], dict[str, Result]] = {}
            for name, lane in lanes.items():
                for key, result in lane.result().items():
                    table.setdefault(key, {})[name] = result
            done.table[family.name] = table
            tell(family.name)
    return done
