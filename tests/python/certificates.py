"""Certificates that are made for a test."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple


class Pair(NamedTuple):
    chain: Path
    key: Path


def make_pair(folder: Path, name: str) -> Pair:
    """A certificate for this name, which nobody else has signed."""
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    config = folder / "openssl.cnf"
    config.write_text("[req]\ndistinguished_name = name\n[name]\n")
    subject = ["-config", str(config), "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command = ["openssl", "req", "-x509", *key, *subject, "-keyout", str(pair.key), "-out", str(pair.chain)]
    subprocess.run(command, check=True, capture_output=True)
    return pair
