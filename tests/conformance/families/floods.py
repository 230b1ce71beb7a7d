"""What a client of HTTP/2 can cost that only wants to cost. RFC 9113, section 10.5."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from pathlib import Path

from conformance.families.http2 import LARGE, UPDATE
from conformance.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Frames,
    block,
    request,
)
from conformance.model import Case, Family, check
from conformance.recorder import OK, answering
from conformance.stage import Stage


def memory(process: int) -> int:
    """What a process and its children hold, in KiB."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        if process in (int(fields["Pid"]), int(fields["PPid"])) and "VmRSS" in fields:
            total += int(fields["VmRSS"].split()[0])
    return total


def flood(
    name: str, rule: str, send: Callable[[Frames], None], answer: bytes = OK, *, most: int = 64
) -> Case:
    """Whatever one client does: the others are answered at once, and memory stays within bounds."""

    def run(stage: Stage) -> str:
        stage.backend.begin(answering(answer))
        before = memory(stage.proxy.process)
        with Frames(stage.proxy.http2) as client:
            client.credit = False
            client.socket.settimeout(5)
            client.until(lambda: bool(client.settings))
            send(client)
            begin = time.monotonic()
            stage.alive()
            took = time.monotonic() - begin
            grown = (memory(stage.proxy.process) - before) // 1024
            client.until(lambda: client.goaway is not None or client.closed, stage.quiet)
            ended = "ended" if client.goaway is not None or client.closed else "borne"
        check(took < 5, f"another client waited {took:.1f} s")
        check(grown <= most, f"memory grew by {grown} MiB")
        return ended

    return Case(name, rule, run)


def rapid_reset(client: Frames) -> None:
    head, reset = block(request()), struct.pack(">I", 8)
    for number in range(1, 20001, 2):
        client.frame(HEADERS, END_HEADERS | END_STREAM, number, head)
        client.frame(RST_STREAM, 0, number, reset)


def repeat(
    kind: int, flags: int, stream: int, payload: bytes, times: int = 20000
) -> Callable[[Frames], None]:
    def send(client: Frames) -> None:
        if stream:
            client.frame(HEADERS, END_HEADERS, stream, block(request(method=b"POST")))
        for _ in range(times // 1000):
            header = struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream)
            client.send((header + payload) * 1000)

    return send


def continuations(client: Frames) -> None:
    client.frame(HEADERS, END_STREAM, 1, block(request()))
    for number in range(4000):
        client.frame(CONTINUATION, 0, 1, block([(b"x-%d" % number, b"y" * 8000)]))


def empty_continuations(client: Frames) -> None:
    client.frame(HEADERS, END_STREAM, 1, block(request()))
    for _ in range(50000):
        client.frame(CONTINUATION, 0, 1)


def header_bomb(client: Frames) -> None:
    """One large entry of the table, and many references to it."""
    entry = b"\x40" + b"\x01x" + b"\x7f\x81\x1e" + b"y" * 4000
    for number in range(1, 41, 2):
        client.frame(
            HEADERS,
            END_HEADERS | END_STREAM,
            number,
            block(request()) + (entry if number == 1 else b"") + b"\xbe" * 12000,
        )


def unread(client: Frames) -> None:
    """Many answers, and nobody reads them."""
    for number in range(1, 199, 2):
        client.headers(number, request(b"/large"))


FAMILIES = [
    Family(
        "HTTP/2: floods",
        "others are answered, memory stays within 64 MiB",
        [
            flood("10000 streams reset at once", "9113 10.5", rapid_reset),
            flood("20000 PINGs", "9113 10.5", repeat(PING, 0, 0, bytes(8))),
            flood("20000 SETTINGS", "9113 10.5", repeat(SETTINGS, 0, 0, b"\0\4\0\1\0\0")),
            flood("20000 PRIORITY", "9113 10.5", repeat(PRIORITY, 0, 9, bytes(4) + b"\x10")),
            flood("20000 WINDOW_UPDATEs", "9113 10.5", repeat(WINDOW_UPDATE, 0, 0, UPDATE)),
            flood("20000 empty DATA", "9113 10.5", repeat(DATA, 0, 1, b"")),
            flood("20000 unknown frames", "9113 10.5", repeat(0xEE, 0, 0, b"")),
            flood("a head of 32 MiB in CONTINUATIONs", "9113 10.5.1", continuations),
            flood("50000 empty CONTINUATIONs", "9113 10.5", empty_continuations),
            flood("48 MiB of head by references", "7541 7.3", header_bomb),
            flood("99 large answers that nobody reads", "9113 10.5", unread, LARGE),
        ],
    ),
]  # fmt: skip
