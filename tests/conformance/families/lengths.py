"""Request smuggling: where does a body end? RFC 9112, section 6."""

from __future__ import annotations

from conformance.judge import Fate, Request
from conformance.model import Family

REFUSED, SAFE, PASSED = Fate.REFUSED, Fate.SAFE, Fate.PASSED
ZERO = b"0\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"
LENGTH = "9112 6.2"
CODING = "9112 6.1"
BOTH = "9112 6.3"


def post(lines: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    return b"POST /first HTTP/" + version + b"\r\nHost: a.example\r\n" + lines + b"\r\n\r\n" + body


def length(name: str, value: bytes, fate: Fate = REFUSED, body: bytes = b"abc") -> Request:
    return Request(f"Content-Length: {name}", LENGTH, post(b"Content-Length: " + value, body), fate, b"abc")


def coding(name: str, lines: bytes, fate: Fate = REFUSED, body: bytes = ZERO) -> Request:
    return Request(name, CODING, post(lines, body), fate)


LENGTHS = [
    length("a plain one", b"3", PASSED),
    length("leading zeros", b"0003", SAFE),
    length("the same twice", b"3\r\nContent-Length: 3", SAFE),
    length("the same twice in one field", b"3, 3", SAFE),
    length("two that differ", b"3\r\nContent-Length: 5", REFUSED, b"abcde"),
    length("two that differ, first 0", b"0\r\nContent-Length: 3"),
    length("two that differ in one field", b"3, 5", REFUSED, b"abcde"),
    length("plus", b"+3"),
    length("minus", b"-3"),
    length("minus zero", b"-0", REFUSED, b""),
    length("hexadecimal", b"0x3"),
    length("letters", b"abc"),
    length("a point", b"3.0"),
    length("an exponent", b"3e0"),
    length("a space inside", b"3 3"),
    length("an underscore", b"3_0"),
    length("empty", b""),
    length("a comma behind it", b"3,"),
    length("a semicolon", b"3;x=y"),
    length("quoted", b'"3"'),
    length("beyond 64 bits", b"18446744073709551619"),
    length("beyond 128 bits", b"340282366920938463463374607431768211459"),
    length("a hundred digits", b"1" * 100),
    length("digits that are not ASCII", b"\xd9\xa3"),
    length("a vertical tab before it", b"\x0b3"),
    length("a form feed behind it", b"3\x0c"),
    length("NUL behind it", b"3\0"),
    length("a bare CR behind it", b"3\r"),
    Request("Content-Length: underscore in the name", "9112 6.2", post(b"Content_Length: 3"), SAFE, b""),
    Request(
        "Content-Length with a GET",
        "9110 9.3.1",
        b"GET" + post(b"Content-Length: 3", b"abc")[4:],
        SAFE,
        b"abc",
    ),
    Request(
        "a body that looks like a request",
        "9112 6.3",
        post(b"Content-Length: %d" % len(SMUGGLED), SMUGGLED),
        PASSED,
        SMUGGLED,
    ),
]

FRAMINGS = [
    Request("CL.TE", BOTH, post(b"Content-Length: 48\r\nTransfer-Encoding: chunked", ZERO + SMUGGLED), SAFE),
    Request("TE.CL", BOTH, post(b"Transfer-Encoding: chunked\r\nContent-Length: 4", b"%x\r\n" % len(SMUGGLED) + SMUGGLED + b"\r\n" + ZERO), SAFE),
    Request("CL 0 and TE", BOTH, post(b"Content-Length: 0\r\nTransfer-Encoding: chunked", b"3\r\nabc\r\n" + ZERO), SAFE, b"abc"),
    Request("CL.TE in HTTP/1.0", "9112 6.1", post(b"Content-Length: 3\r\nTransfer-Encoding: chunked", b"abc", b"1.0"), SAFE),
    Request("TE in HTTP/1.0", "9112 6.1", post(b"Transfer-Encoding: chunked", ZERO, b"1.0"), SAFE),
    Request("TE.0: a GET with chunks", BOTH, b"GET" + post(b"Transfer-Encoding: chunked", b"3\r\nabc\r\n" + ZERO)[4:], SAFE, b"abc"),
    Request("CL.0: OPTIONS with a body", BOTH, b"OPTIONS" + post(b"Content-Length: %d" % len(SMUGGLED), SMUGGLED)[4:], SAFE, SMUGGLED),
    Request("Connection strikes out Content-Length", "9110 7.6.1", post(b"Connection: content-length\r\nContent-Length: 3", b"abc"), SAFE, b"abc"),
    Request("Connection strikes out Transfer-Encoding", "9110 7.6.1", post(b"Connection: transfer-encoding\r\nTransfer-Encoding: chunked", b"3\r\nabc\r\n" + ZERO), SAFE, b"abc"),
]  # fmt: skip

CODINGS = [
    Request("chunked", CODING, post(b"Transfer-Encoding: chunked", b"3\r\nabc\r\n" + ZERO), PASSED, b"abc"),
    Request("CHUNKED", CODING, post(b"Transfer-Encoding: CHUNKED", b"3\r\nabc\r\n" + ZERO), PASSED, b"abc"),
    coding("chunked behind a tab", b"Transfer-Encoding:\tchunked", SAFE),
    coding("spaces behind chunked", b"Transfer-Encoding: chunked  ", SAFE),
    coding("identity", b"Transfer-Encoding: identity"),
    coding("identity and a length", b"Transfer-Encoding: identity\r\nContent-Length: 5", SAFE),
    coding("xchunked", b"Transfer-Encoding: xchunked"),
    coding("chunkedx", b"Transfer-Encoding: chunkedx"),
    coding("chunk", b"Transfer-Encoding: chunk"),
    coding("gzip", b"Transfer-Encoding: gzip"),
    coding("gzip, chunked", b"Transfer-Encoding: gzip, chunked"),
    coding("chunked, gzip", b"Transfer-Encoding: chunked, gzip"),
    coding("chunked, identity", b"Transfer-Encoding: chunked, identity"),
    coding("identity, chunked", b"Transfer-Encoding: identity, chunked"),
    coding("chunked, chunked", b"Transfer-Encoding: chunked, chunked"),
    coding("chunked twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    coding("chunked and identity, two fields", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
    coding("x and chunked, two fields", b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked"),
    coding("chunked;q=1", b"Transfer-Encoding: chunked;q=1"),
    coding("quoted", b'Transfer-Encoding: "chunked"'),
    coding("empty", b"Transfer-Encoding:", REFUSED, b""),
    coding("a comma before it", b"Transfer-Encoding: ,chunked", SAFE),
    coding("a vertical tab before it", b"Transfer-Encoding: \x0bchunked"),
    coding("a form feed behind it", b"Transfer-Encoding: chunked\x0c"),
    coding("NUL behind it", b"Transfer-Encoding: chunked\0"),
    coding("a bare CR behind it", b"Transfer-Encoding: chunked\r"),
    coding("a byte beyond ASCII before it", b"Transfer-Encoding: \xa0chunked"),
    coding("a space before the colon", b"Transfer-Encoding : chunked"),
    coding("a tab before the colon", b"Transfer-Encoding\t: chunked"),
    coding("NUL in the name", b"Transfer-Encoding\0: chunked"),
    coding("folded", b"Transfer-Encoding:\r\n chunked", SAFE),
    coding("folded behind it", b"Transfer-Encoding: chunked\r\n , identity", SAFE),
    coding("behind a bare LF", b"X: y\nTransfer-Encoding: chunked", SAFE),
    coding("behind a bare CR", b"X: y\rTransfer-Encoding: chunked"),
    coding("an underscore in the name", b"Transfer_Encoding: chunked", SAFE, b""),
    coding("a space before the name", b" Transfer-Encoding: chunked", SAFE, b""),
]

FAMILIES = [
    Family("Request: lengths", "Content-Length in all its false forms", [case.case() for case in LENGTHS]),
    Family("Request: codings", "Transfer-Encoding in all its false forms", [case.case() for case in CODINGS]),
    Family("Request: both framings", "two lengths in one message", [case.case() for case in FRAMINGS]),
]
