"""Prints the licences of what is in the library beside the project's own code: they go with every copy."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CRATE = "proxykit-ffi"
NAMES = ("licen", "copying", "notice", "copyright")
PREFACE = """\
Beside its own code, Proxy Kit's library contains the Rust standard library (https://www.rust-lang.org, MIT
or Apache-2.0) and the packages below. Where a licence gives a choice, any of them may be chosen. Below them
stands each text once, with the packages that came with it."""


def in_the_library(metadata):
    """The packages of others that the crate is made of, without those that only help to build it."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    packages = {package["id"]: package for package in metadata["packages"]}
    ahead = [id for id, package in packages.items() if package["name"] == CRATE]
    seen = set()
    while ahead:
        id = ahead.pop()
        if id in seen or any("proc-macro" in target["kind"] for target in packages[id]["targets"]):
            continue
        seen.add(id)
        for dependency in nodes[id]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                ahead.append(dependency["pkg"])
    return sorted(
        (packages[id] for id in seen if packages[id]["source"]), key=lambda package: package["name"]
    )


def texts(package):
    """The licences that a package came with."""
    for path in sorted(Path(package["manifest_path"]).parent.iterdir()):
        if path.is_file() and path.name.lower().startswith(NAMES):
            lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            yield "\n".join(line.rstrip() for line in lines)


def main():
    """Prints the packages, and then each text once."""
    host = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    host = next(line.removeprefix("host: ") for line in host.splitlines() if line.startswith("host: "))
    command = ["cargo", "metadata", "--locked", "--format-version=1", "--filter-platform", host]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    packages = in_the_library(metadata)
    if not packages:
        sys.exit(f"nothing is known of {CRATE}")
    shared = {}
    print(PREFACE, end="\n\n")
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if not package["license"]:
            sys.exit(f"{name} does not tell its licence")
        print(f"{name}: {package['license']} {package['repository'] or package['homepage'] or ''}".rstrip())
        for text in texts(package):
            shared.setdefault(text, []).append(name)
    for text, names in shared.items():
        print(f"\n{'=' * 80}\n{', '.join(names)}\n{'-' * 80}\n{text}")


main()
