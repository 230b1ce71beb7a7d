"""What is shipped, in bytes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from benches.proxies.proxykit import LIBRARIES
from benches.report import Findings, section, table
from benches.stage import Stage

WHEELS = Path(__file__).parents[2] / "build/benches/wheels"

TEXT = """\
The library without its symbols, as it is shipped, and the wheel of the Python package, which is compressed.
The others' programs are as Debian ships them, beside libraries of the system.
"""


def mebibytes(path: Path) -> str:
    """The size of a file."""
    return f"{path.stat().st_size / 2**20:.1f}"


def find(stage: Stage) -> Findings:
    """Look at the files; a wheel only where one was built."""
    stripped = stage.folder / "libproxykit.so"
    command = ["strip", "--strip-unneeded", "-o", str(stripped), str(LIBRARIES / "libproxykit.so")]
    subprocess.run(command, check=True, timeout=60)
    rows = [["libproxykit.so", mebibytes(stripped)]]
    rows += [["wheel of `proxykit`", mebibytes(wheel)] for wheel in sorted(WHEELS.glob("*.whl"))]
    for name in ("nginx", "haproxy"):
        if found := shutil.which(name):
            rows.append([f"program `{name}`", mebibytes(Path(found).resolve())])
    figures = {"library_mib": stripped.stat().st_size / 2**20}
    return Findings([section("Growth: size", TEXT, table(["", "MiB"], rows))], figures)
