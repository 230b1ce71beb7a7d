"""What is shipped: the wheel that `make wheel` has built, and the sdist that others build from."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHEELS = ROOT / "build/wheels"
# MiB: what it takes, and a quarter more.
LARGEST = 4.5
# Where programs are built: in none of them is anything of a user's.
FOLDERS = (b"/root/", b"/home/", b"/tmp/", b"/usr/local/", b"/builds/", str(ROOT).encode())


def only(pattern: str) -> Path:
    found = list(WHEELS.glob(pattern))
    assert len(found) == 1, f"{pattern} in {WHEELS} (make wheel): {found}"
    return found[0]


@pytest.fixture(scope="module")
def wheel() -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(only("*.whl")) as wheel:
        yield wheel


def test_it_loads_in_each_python_from_3_9_on() -> None:
    assert re.fullmatch(r"proxykit-[\d.]+-cp39-abi3-manylinux_\d+_\d+_\w+\.whl", only("*.whl").name)


def test_it_has_all_that_belongs_to_it(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    for part in ("py.typed", "_proxykit.pyi", "_proxykit.abi3.so", "__init__.py", "_mounts/asgi.py"):
        assert f"proxykit/{part}" in names
    licences = [name.rpartition("/")[2] for name in names if "/licenses/" in name]
    assert sorted(licences) == ["LICENSE-APACHE", "LICENSE-MIT"]
    metadata = wheel.read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert "License-Expression: MIT OR Apache-2.0" in metadata
    for extra in ("asgi", "wsgi", "cli"):
        assert f"Provides-Extra: {extra}" in metadata
    # What it needs is Python alone.
    assert all("extra ==" in line for line in metadata.splitlines() if line.startswith("Requires-Dist"))


def test_it_does_not_tell_where_it_was_built(wheel: zipfile.ZipFile) -> None:
    assert not any(name.endswith(".pyc") for name in wheel.namelist())
    for name in wheel.namelist():
        for folder in FOLDERS:
            found = re.search(re.escape(folder) + rb"[ -~]*", wheel.read(name))
            assert found is None, f"{name}: {found}"


def test_it_is_small_and_stripped(wheel: zipfile.ZipFile) -> None:
    assert only("*.whl").stat().st_size < LARGEST * 2**20
    assert b".symtab" not in wheel.read("proxykit/_proxykit.abi3.so")


def test_the_sdist_has_all_that_it_is_built_from(tmp_path: Path) -> None:
    with tarfile.open(only("*.tar.gz")) as sdist:
        sdist.extractall(tmp_path)
    (source,) = tmp_path.iterdir()
    for part in ("LICENSE-MIT", "LICENSE-APACHE", "Cargo.lock", "python/proxykit/py.typed", "PKG-INFO"):
        assert (source / part).exists(), part
    # All but the linker's work, which takes minutes: that is what `make wheel-from-sdist` is for.
    subprocess.run(
        ["cargo", "check", "--quiet", "--offline", "-p", "proxykit-py", "--target-dir", ROOT / "target"],
        cwd=source,
        check=True,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a wheel of this machine")
def test_it_can_be_installed_and_used_alone(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", str(tmp_path), str(only("*.whl"))], check=True)
    program = (
        f"import sys; sys.path[:] = [path for path in sys.path if 'site-packages' not in path]\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import proxykit\n"
        "with proxykit.Manager(workers=1) as manager:\n"
        "    manager.start('127.0.0.1:0')\n"
        "print(proxykit.__file__, manager.status().state)"
    )
    told = subprocess.check_output([sys.executable, "-I", "-S", "-c", program], text=True).split()
    assert told == [str(tmp_path / "proxykit/__init__.py"), "stopped"]
