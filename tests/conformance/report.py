"""What a run shows: a table, and the cases that the others pass and Proxy Kit does not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from conformance.known import KNOWN
from conformance.model import Result, Verdict
from conformance.run import Run

#: A family and a case.
Key = tuple[str, str]
TITLES = {"proxykit": "Proxy Kit", "nginx": "nginx", "haproxy": "HAProxy"}
WORDS: list[tuple[Verdict, str]] = [("fail", "failed"), ("n/a", "n/a")]
NONE = Result("n/a", "did not run")


def behind(run: Run) -> dict[Key, str]:
    """The cases that nginx or HAProxy passes and Proxy Kit does not."""
    found: dict[Key, str] = {}
    if "proxykit" not in run.versions:
        return found
    for family, cases in run.table.items():
        for (name, _), by_proxy in cases.items():
            own = by_proxy.get("proxykit", NONE)
            others = [
                proxy
                for proxy, result in by_proxy.items()
                if proxy != "proxykit" and result.verdict == "pass"
            ]
            if own.verdict != "pass" and others:
                names = " and ".join(TITLES[proxy] for proxy in others)
                found[family, name] = f"{names} pass; here: {own.verdict}, {own.seen}"
    return found


def split(lines: dict[Key, str]) -> tuple[list[str], list[str]]:
    """Those that nobody knew of, and those that `known` gives a reason for."""
    new = [
        f"{family}: {name}: {text}" for (family, name), text in lines.items() if (family, name) not in KNOWN
    ]
    old = [f"{family}: {name}: {KNOWN[family, name]}" for family, name in lines if (family, name) in KNOWN]
    return new, old


def failed(run: Run) -> list[str]:
    """The cases that Proxy Kit fails."""
    return [
        f"{family}: {name}: {by_proxy['proxykit'].seen}"
        for family, cases in run.table.items()
        for (name, _), by_proxy in cases.items()
        if by_proxy.get("proxykit", NONE).verdict == "fail"
    ]


def summary(run: Run) -> list[str]:
    """A line for each family, and one for all, in Markdown."""
    names = list(run.versions)
    head = [f"{TITLES[name]} {run.versions[name]}" for name in names]
    lines = [f"| family | cases | {' | '.join(head)} |", "| --- |" + " ---: |" * (len(names) + 1)]
    total: dict[str, Counter[Verdict]] = {name: Counter() for name in names}
    for family, cases in run.table.items():
        counts = {name: Counter(row.get(name, NONE).verdict for row in cases.values()) for name in names}
        for name in names:
            total[name].update(counts[name])
        lines.append(f"| {family} | {len(cases)} | {' | '.join(counted(counts[name]) for name in names)} |")
    every = sum(len(cases) for cases in run.table.values())
    lines.append(f"| all | {every} | {' | '.join(counted(total[name]) for name in names)} |")
    return lines


def counted(counts: Counter[Verdict]) -> str:
    """Passed, and what was not, if anything."""
    extra = [f"{counts[verdict]} {word}" for verdict, word in WORDS if counts[verdict]]
    return f"{counts['pass']} ({', '.join(extra)})" if extra else str(counts["pass"])


def cell(result: Result) -> str:
    text = result.seen if result.verdict == "pass" else f"{result.verdict}: {result.seen}"
    text = text if len(text) <= 110 else text[:109] + "…"
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def rows(run: Run, *, differing: bool = False) -> list[str]:
    """Each case with what each proxy did; or those only in which the verdicts differ."""
    names = list(run.versions)
    lines = []
    for family, cases in run.table.items():
        shown = [
            f"| {name} | {rule} | {' | '.join(cell(row.get(proxy, NONE)) for proxy in names)} |"
            for (name, rule), row in cases.items()
            if not differing or len({row.get(proxy, NONE).verdict for proxy in names}) > 1
        ]
        if shown:
            lines += [f"\n## {family}\n", f"| case | rule | {' | '.join(TITLES[name] for name in names)} |"]
            lines += ["|" + " --- |" * (len(names) + 2), *shown]
    return lines


def write(run: Run, folder: Path) -> None:
    """Keep all results in this folder: to read, and for programs."""
    folder.mkdir(parents=True, exist_ok=True)
    text = ["# Conformance\n", *summary(run), *rows(run)]
    (folder / "table.md").write_text("\n".join(text) + "\n")
    (folder / "differences.md").write_text("\n".join(rows(run, differing=True)) + "\n")
    found = [
        {
            "family": family,
            "case": name,
            "rule": rule,
            "proxy": proxy,
            "verdict": result.verdict,
            "seen": result.seen,
        }
        for family, cases in run.table.items()
        for (name, rule), row in cases.items()
        for proxy, result in row.items()
    ]
    (folder / "results.json").write_text(
        json.dumps({"versions": run.versions, "results": found}, indent=1) + "\n"
    )
