"""Request smuggling: chunked bodies that are none. RFC 9112, section 7.1."""

from __future__ import annotations

from conformance.families.lengths import post
from conformance.judge import Fate, Request
from conformance.model import Family

REFUSED, SAFE, PASSED = Fate.REFUSED, Fate.SAFE, Fate.PASSED
CHUNKED = b"Transfer-Encoding: chunked"


def chunks(
    name: str, body: bytes, fate: Fate = REFUSED, passed: bytes | None = b"abc", rule: str = "9112 7.1"
) -> Request:
    return Request(name, rule, post(CHUNKED, body), fate, passed)


def trailer(name: str, line: bytes, fate: Fate) -> Request:
    forbidden = line.split(b":")[0].strip().lower()
    data = post(CHUNKED, b"3\r\nabc\r\n0\r\n" + line + b"\r\n\r\n")
    # The field must not have become one of the head, where it would count.
    value = line.split(b":", 1)[-1].strip()
    return Request(
        f"trailer: {name}",
        "9110 6.5.1",
        data,
        fate,
        b"abc",
        lambda message: value not in message.all(forbidden),
    )


CHUNKS = [
    chunks("many small chunks", b"".join(b"1\r\n%c\r\n" % byte for byte in b"abc" * 50) + b"0\r\n\r\n", PASSED, b"abc" * 50),
    chunks("leading zeros", b"0003\r\nabc\r\n000\r\n\r\n", SAFE),
    chunks("digits in capitals", b"A\r\nabcdefghij\r\n0\r\n\r\n", PASSED, b"abcdefghij"),
    chunks("an extension", b"3;x=y\r\nabc\r\n0\r\n\r\n", PASSED, rule="9112 7.1.1"),
    chunks("a quoted extension", b'3;x="a;b"\r\nabc\r\n0;z\r\n\r\n', PASSED, rule="9112 7.1.1"),
    chunks("an extension of 60 KiB", b"3;x=" + b"y" * 61440 + b"\r\nabc\r\n0\r\n\r\n", SAFE, rule="9112 7.1.1"),
    chunks("LF in an extension", b"3;a\nb\r\nabc\r\n0\r\n\r\n", rule="9112 7.1.1"),
    chunks("CR in an extension", b"3;a\rb\r\nabc\r\n0\r\n\r\n", SAFE, rule="9112 7.1.1"),
    chunks("LF behind an extension, the next chunk inside", b"3;\nabc\r\n0\r\n\r\n", rule="9112 7.1.1"),
    chunks("a space behind the size", b"3 \r\nabc\r\n0\r\n\r\n", SAFE),
    chunks("a space before the size", b" 3\r\nabc\r\n0\r\n\r\n"),
    chunks("0x", b"0x3\r\nabc\r\n0\r\n\r\n"),
    chunks("plus", b"+3\r\nabc\r\n0\r\n\r\n"),
    chunks("minus", b"-3\r\nabc\r\n0\r\n\r\n"),
    chunks("an underscore", b"0_3\r\nabc\r\n0\r\n\r\n"),
    chunks("no digits", b"\r\nabc\r\n0\r\n\r\n"),
    chunks("no digits but an extension", b";x\r\nabc\r\n0\r\n\r\n"),
    chunks("letters", b"xyz\r\nabc\r\n0\r\n\r\n"),
    chunks("NUL behind the size", b"3\0\r\nabc\r\n0\r\n\r\n"),
    chunks("beyond 64 bits, wraps to 3", b"10000000000000003\r\nabc\r\n0\r\n\r\n"),
    chunks("beyond 32 bits, wraps to 3", b"100000003\r\nabc\r\n0\r\n\r\n", SAFE),
    chunks("16 digits f", b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n", SAFE),
    chunks("17 digits f", b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    chunks("a thousand zeros before the size", b"0" * 1000 + b"3\r\nabc\r\n0\r\n\r\n", SAFE),
    chunks("LF behind the size", b"3\nabc\r\n0\r\n\r\n"),
    chunks("CR behind the size", b"3\rabc\r\n0\r\n\r\n"),
    chunks("LF behind the data", b"3\r\nabc\n0\r\n\r\n"),
    chunks("CR behind the data", b"3\r\nabc\r0\r\n\r\n"),
    chunks("nothing behind the data", b"3\r\nabc0\r\n\r\n"),
    chunks("two other bytes behind the data", b"3\r\nabcXX0\r\n\r\n"),
    chunks("LF everywhere", b"3\nabc\n0\n\n"),
    chunks("more data than said", b"3\r\nabcdef\r\n0\r\n\r\n"),
    chunks("less data than said", b"5\r\nabc\r\n0\r\n\r\n"),
    chunks("the last chunk ends in LF", b"3\r\nabc\r\n0\n\r\n", SAFE),
    chunks("the last line ends in LF", b"3\r\nabc\r\n0\r\n\n", SAFE),
    chunks("no last chunk", b"3\r\nabc\r\n", SAFE, None),
    chunks("no empty line behind the last chunk", b"3\r\nabc\r\n0\r\nX: y\r\n", SAFE, None),
]  # fmt: skip

TRAILERS = [
    trailer("a plain one", b"X-Sum: 1", SAFE),
    trailer("Content-Length", b"Content-Length: 7", SAFE),
    trailer("Transfer-Encoding", b"Transfer-Encoding: identity", SAFE),
    trailer("Host", b"Host: evil.example", SAFE),
    trailer("Authorization", b"Authorization: Basic x", SAFE),
    trailer("X-Forwarded-For", b"X-Forwarded-For: 6.6.6.6", SAFE),
    trailer("a space before the colon", b"X-Sum : 1", SAFE),
    trailer("no colon", b"X-Sum", SAFE),
    trailer("a bare LF inside", b"X-Sum: a\nY: b", SAFE),
    trailer("NUL inside", b"X-Sum: a\0b", SAFE),
    trailer("a thousand of them", b"\r\n".join(b"X-%d: y" % n for n in range(1000)), SAFE),
]

FAMILIES = [
    Family("Request: chunks", "chunk sizes, ends and extensions", [case.case() for case in CHUNKS]),
    Family("Request: trailers", "fields behind a body", [case.case() for case in TRAILERS]),
]
