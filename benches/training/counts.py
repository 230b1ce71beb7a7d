"""What an instrumented library has counted, in the form that the compiler reads."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path


def said(*command: str) -> str:
    """The line that a program says."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def profdata() -> str:
    """The program that merges counts: that of the compiler's own LLVM, whose format it knows."""
    beside = Path(said("rustc", "--print", "target-libdir")).parent / "bin/llvm-profdata"
    if not beside.exists() and shutil.which("rustup"):
        subprocess.run(["rustup", "component", "add", "llvm-tools"], check=True, capture_output=True)
    found = str(beside) if beside.exists() else shutil.which("llvm-profdata")
    if not found:
        raise SystemExit(
            "proxykit: llvm-profdata was not found; it is a part of LLVM, and of rustup's llvm-tools"
        )
    return found


def merge(counts: Path, folder: Path) -> Path:
    """Put the counts of all processes into one file, the only one in its folder.

    Its name changes with what it holds: Cargo builds anew what is built with another one.
    """
    files = sorted(map(str, counts.glob("*.profraw")))
    if not files:
        raise SystemExit("proxykit: the library has counted nothing; was it built with -Cprofile-generate?")
    merged = counts / "merged.profdata"
    subprocess.run([profdata(), "merge", "-o", str(merged), *files], check=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    digest = hashlib.sha256(merged.read_bytes()).hexdigest()
    return shutil.copy(merged, folder / f"proxykit-{digest[:12]}.profdata")
