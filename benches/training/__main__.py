"""Puts an instrumented library under load, and keeps what it counted: the last step of `make profile`.

The compiler lays out what is often run side by side, and away from what hardly ever is. A request runs
through some thousand lines of cache, so that this counts for more than any step in the code did
(`benches/NOTES.md`, "Profile-guided").
"""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

from benches.proxies import PEERS
from benches.scenarios import SCENARIOS
from benches.stage import stage
from benches.training.counts import merge
from benches.training.shapes import SHAPES


def main() -> None:
    """Ask all in turn, and write what was counted."""
    parser = argparse.ArgumentParser(prog="python -m benches.training", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the profile is written to, in place of others")
    parser.add_argument("--seconds", type=int, default=2, help="how long each load lasts (%(default)s)")
    chosen = parser.parse_args()
    # Who ends it, ends the programs that it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with TemporaryDirectory(prefix="proxykit-training-") as counts:
        # Each process writes a file of its own when it ends.
        os.environ["LLVM_PROFILE_FILE"] = f"{counts}/%p-%m.profraw"
        with stage(workers=1, rounds=1, seconds=chosen.seconds) as means:
            for shape in (*SCENARIOS, *SHAPES):
                proxy = means.start(PEERS["proxykit"], shape.setup(means, False))
                with proxy.program:
                    found = shape.load(means, proxy)
                    proxy.program.check()
                print(f"{shape.title}: {found.requests:,.0f}", flush=True)
        written = merge(Path(counts), chosen.folder)
    print(f"{written}: {written.stat().st_size / 2**20:.1f} MiB")


main()
