"""The docstrings: everything public has one, their examples run, and the reference can be made of them."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import proxykit

NAMES = [module.name for module in pkgutil.iter_modules(proxykit.__path__)]
MODULES = [
    proxykit,
    *(importlib.import_module(f"proxykit.{name}") for name in NAMES if name not in ("__main__", "_proxykit")),
]
PUBLIC = {name: getattr(proxykit, name) for name in proxykit.__all__}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}
# Of a context manager and a collection everybody knows what they do.
EXAMPLES = 5


def members(cls: type) -> list[tuple[str, object]]:
    """All that a class has from this package and that is public."""
    own = [base for base in cls.__mro__ if base.__module__.startswith("proxykit")]
    found = {name: value for base in reversed(own) for name, value in vars(base).items()}
    kinds = (property, staticmethod, classmethod)
    return [
        (name, value)
        for name, value in found.items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, kinds))
    ]


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_and_method_is_documented(name: str) -> None:
    assert inspect.getdoc(CLASSES[name]), name
    assert CLASSES[name].__doc__, name
    for member, value in members(CLASSES[name]):
        text = value.__doc__ or ""
        assert text.strip(), f"{name}.{member}"
        assert text.strip().splitlines()[0].rstrip().endswith((".", ":")), f"{name}.{member}"


@pytest.mark.parametrize("name", CLASSES)
def test_every_parameter_is_documented(name: str) -> None:
    for member, value in members(CLASSES[name]):
        if not inspect.isfunction(value) or name.endswith("Error"):
            continue
        text = value.__doc__ or ""
        # Where one text refers to another one, it is there.
        if "All else is as in" in text or "as `stop` does" in text:
            continue
        for parameter in list(inspect.signature(value).parameters)[1:]:
            assert re.search(rf"\b{parameter}(, \w+)* : ", text), f"{name}.{member}: {parameter}"


def test_names_that_are_no_classes_say_what_they_are() -> None:
    """Of an alias the text stands below it, where editors and the reference look for it."""
    sources = "".join(inspect.getsource(module) for module in MODULES if module is not proxykit)
    for name in sorted(set(PUBLIC) - set(CLASSES) - {"__version__"}):
        lines = sources[sources.index(f"\n{name} = ") + 1 :].splitlines()
        end = next(
            number
            for number, line in enumerate(lines)
            if line.endswith(("]", ")")) and not line.startswith(" ")
        )
        assert lines[end + 1].startswith('"""'), name


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_do_what_they_show(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_there_are_examples() -> None:
    tests = [test for module in MODULES for test in doctest.DocTestFinder().find(module)]
    assert sum(bool(test.examples) for test in tests) >= EXAMPLES


def test_the_reference_can_be_made(tmp_path: Path) -> None:
    program = Path(__file__).parents[2] / "proxykit-py/reference.py"
    subprocess.run([sys.executable, program, tmp_path], check=True)
    page = (tmp_path / "proxykit.html").read_text()
    for name in proxykit.__all__:
        assert f'id="{name}"' in page, name
    for method, _ in members(proxykit.Manager):
        assert f'id="Manager.{method}"' in page, method
