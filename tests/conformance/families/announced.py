"""Connections that begin with a header of the PROXY protocol, versions 1 and 2: HAProxy's specification of it."""

from __future__ import annotations

import struct
from typing import Literal

from conformance.model import Case, Family, check, show
from conformance.raw import Raw
from conformance.stage import Stage

REQUEST = b"GET /first HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
TCP4 = bytes([192, 0, 2, 9, 198, 51, 100, 7]) + struct.pack(">HH", 4711, 443)
TCP6 = bytes.fromhex("20010db8" + "0" * 23 + "9" + "20010db8" + "0" * 23 + "7") + struct.pack(
    ">HH", 4711, 443
)
LINE = b"PROXY TCP4 192.0.2.9 198.51.100.7 4711 443\r\n"

#: Whom the request is for; the peer itself; nobody, and the request does not come through; one or the other.
Client = Literal["192.0.2.9", "2001:db8::9", "127.0.0.1", "refused", "any"]


def v2(command: int, family: int, rest: bytes, length: int | None = None) -> bytes:
    return SIGNATURE + struct.pack(">BBH", command, family, len(rest) if length is None else length) + rest


def value(kind: int, content: bytes) -> bytes:
    return struct.pack(">BH", kind, len(content)) + content


def crc32c(data: bytes) -> int:
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def summed(change: int) -> bytes:
    """A header with a checksum, or a wrong one."""
    whole = v2(0x21, 0x11, TCP4 + value(3, bytes(4)))
    return whole[:-4] + struct.pack(">I", crc32c(whole) ^ change)


def case(name: str, header: bytes, client: Client, rule: str, pieces: int = 1) -> Case:
    def run(stage: Stage) -> str:
        with Raw(stage.proxy.announced) as connection:
            data = header + REQUEST
            for begin in range(0, len(data), -(-len(data) // pieces)):
                connection.send(data[begin : begin + -(-len(data) // pieces)])
            connection.until(lambda: bool(connection.finals()) or connection.closed)
            answers = connection.finals()
        passed = stage.passed_on()
        if client == "refused" or (client == "any" and not passed):
            check(not passed, f"the backend got {passed!r}")
            check(all(answer.status != 200 for answer in answers), show(bytes(connection.received)))
            return "refused"
        check([answer.status for answer in answers] == [200], show(bytes(connection.received)))
        check([message.target for message in passed] == [b"/first"], f"the backend got {passed!r}")
        seen = (passed[0].get(b"x-forwarded-for") or b"").decode()
        check(client in ("any", seen), f"the request is for {seen}")
        return f"for {seen}"

    return Case(name, rule, run)


V1: list[tuple[str, bytes, Client]] = [
    ("TCP4", LINE, "192.0.2.9"),
    ("TCP6", b"PROXY TCP6 2001:db8::9 2001:db8::7 4711 443\r\n", "2001:db8::9"),
    ("UNKNOWN", b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    ("UNKNOWN, with addresses", b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "127.0.0.1"),
    ("the longest line", b"PROXY UNKNOWN " + b"x" * 91 + b"\r\n", "127.0.0.1"),
    ("a line too long", b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n", "any"),
    ("a line without an end", b"PROXY TCP4 192.0.2.9 198.51.100.7 4711 443 ", "refused"),
    ("in small letters", LINE.lower(), "refused"),
    ("an unknown family", LINE.replace(b"TCP4", b"UDP4"), "refused"),
    ("LF alone", LINE.replace(b"\r", b""), "any"),
    ("an address that is none", LINE.replace(b"192", b"392"), "any"),
    ("an address of the other family", LINE.replace(b"192.0.2.9", b"2001:db8::9"), "any"),
    ("a port that is none", LINE.replace(b"4711", b"65536"), "any"),
    ("a port too little", LINE.replace(b" 443", b""), "refused"),
    ("twice", LINE + LINE, "refused"),
    ("none at all", b"", "refused"),
]
V2: list[tuple[str, bytes, Client]] = [
    ("TCP4", v2(0x21, 0x11, TCP4), "192.0.2.9"),
    ("TCP6", v2(0x21, 0x21, TCP6), "2001:db8::9"),
    ("LOCAL", v2(0x20, 0x00, b""), "127.0.0.1"),
    ("LOCAL, with addresses", v2(0x20, 0x11, TCP4), "127.0.0.1"),
    ("LOCAL, with something", v2(0x20, 0x00, b"something"), "127.0.0.1"),
    ("no family", v2(0x21, 0x00, b""), "127.0.0.1"),
    ("unix", v2(0x21, 0x31, bytes(216)), "any"),
    ("values behind the addresses", v2(0x21, 0x11, TCP4 + value(4, b"\0") + value(0xE0, b"own")), "192.0.2.9"),
    ("a checksum", summed(0), "192.0.2.9"),
    ("a wrong checksum", summed(1), "any"),
    ("a value cut off", v2(0x21, 0x11, TCP4 + b"\x04\0\x09\0"), "any"),
    ("addresses cut off", v2(0x21, 0x11, TCP4[:8]), "any"),
    ("a length of zero", v2(0x21, 0x11, b""), "any"),
    ("another version", v2(0x31, 0x11, TCP4), "refused"),
    ("an unknown command", v2(0x22, 0x11, TCP4), "refused"),
    ("a signature cut off", SIGNATURE[:8], "refused"),
    ("four kilobytes of values", v2(0x21, 0x11, TCP4 + value(4, bytes(3000))), "192.0.2.9"),
]  # fmt: skip


def cases(version: str, rule: str, list_: list[tuple[str, bytes, Client]]) -> list[Case]:
    return [case(f"{version}: {name}", header, client, rule) for name, header, client in list_]


FAMILIES = [
    Family(
        "PROXY protocol",
        "connections that begin with the word of a balancer",
        [
            *cases("v1", "2.1", V1),
            *cases("v2", "2.2", V2),
            case("v1: byte by byte", LINE, "192.0.2.9", "2.1", 1000),
            case("v2: byte by byte", v2(0x21, 0x11, TCP4), "192.0.2.9", "2.2", 1000),
        ],
    ),
]
