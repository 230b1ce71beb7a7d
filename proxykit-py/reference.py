"""Writes the reference of the Python package, from its docstrings: python reference.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import pdoc

import proxykit


def gather(cls: type) -> None:
    """Give a class what it has from bases that readers do not see; pdoc would only name it."""
    for base in cls.__mro__[1:]:
        if base.__module__.startswith("proxykit._"):
            for name, member in vars(base).items():
                if not name.startswith("_") and name not in vars(cls):
                    setattr(cls, name, member)


if __name__ == "__main__":
    gather(proxykit.Manager)
    pdoc.render.configure(docformat="numpy", show_source=False)
    pdoc.pdoc("proxykit", output_directory=Path(sys.argv[1]))
