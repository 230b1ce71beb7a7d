"""A strict reader of HTTP/1 messages: what it takes, every other reader takes in the same way.

It is the oracle for what a proxy passes on, so that it shares no code with any of them, and forgives nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") ([\x21-\x7e\x80-\xff]+) HTTP/1\.([01])")
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9]) [\t\x20-\x7e\x80-\xff]*")
VISIBLE = rb"[\x21-\x7e\x80-\xff]+"
FIELD_LINE = re.compile(
    rb"(" + TOKEN + rb"):[ \t]*((?:" + VISIBLE + rb"(?:[ \t]+" + VISIBLE + rb")*)?)[ \t]*"
)
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?")
# RFC 9110, section 6.5.1: what frames or routes a message, must not come behind its body.
NO_TRAILERS = {b"content-length", b"transfer-encoding", b"host", b"connection", b"trailer", b"te"}


class Ambiguous(Exception):
    """The bytes are not one message in every reader's eyes."""


class Incomplete(Exception):
    """The bytes end before the message does."""


@dataclass
class Message:
    start: bytes
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    trailers: list[tuple[bytes, bytes]] = field(default_factory=list)
    #: The body ends where the connection does.
    until_close: bool = False

    def all(self, name: bytes) -> list[bytes]:
        return [value for known, value in self.fields if known.lower() == name]

    def get(self, name: bytes) -> bytes | None:
        values = self.all(name)
        return b", ".join(values) if values else None

    @property
    def method(self) -> bytes:
        return self.start.split(b" ")[0]

    @property
    def target(self) -> bytes:
        return self.start.split(b" ")[1]

    @property
    def status(self) -> int:
        return int(self.start[9:12])


def line(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.find(b"\n", at)
    if end < 0:
        raise Incomplete
    if data[end - 1 : end] != b"\r" or end == at:
        raise Ambiguous(f"a line ends in a bare LF: {data[at:end]!r}")
    return data[at : end - 1], end + 1


def fields(data: bytes, at: int) -> tuple[list[tuple[bytes, bytes]], int]:
    found: list[tuple[bytes, bytes]] = []
    while True:
        text, at = line(data, at)
        if not text:
            return found, at
        match = FIELD_LINE.fullmatch(text)
        if not match:
            raise Ambiguous(f"a line is no field: {text!r}")
        found.append((match[1], match[2]))


def framing(message: Message, version: bytes) -> int | None:
    """The length of the body; -1 for a chunked one, None if nothing is said."""
    codings, lengths = message.all(b"transfer-encoding"), message.all(b"content-length")
    if codings:
        if len(codings) > 1 or codings[0].lower() != b"chunked" or lengths or version != b"1":
            raise Ambiguous(
                f"the framing is {codings!r} with the lengths {lengths!r} in HTTP/1.{version.decode()}"
            )
        return -1
    if not lengths:
        return None
    if len(lengths) > 1 or not re.fullmatch(rb"[0-9]{1,18}", lengths[0]):
        raise Ambiguous(f"the lengths are {lengths!r}")
    return int(lengths[0])


def read_chunks(message: Message, data: bytes, at: int) -> int:
    pieces = []
    while True:
        text, at = line(data, at)
        match = CHUNK_LINE.fullmatch(text)
        if not match:
            raise Ambiguous(f"a chunk begins with {text!r}")
        size = int(match[1], 16)
        if size == 0:
            break
        pieces.append(data[at : at + size])
        at += size
        if len(data) < at + 2:
            raise Incomplete
        if data[at : at + 2] != b"\r\n":
            raise Ambiguous(f"a chunk ends with {data[at : at + 2]!r}")
        at += 2
    message.body = b"".join(pieces)
    message.trailers, at = fields(data, at)
    for name, _ in message.trailers:
        if name.lower() in NO_TRAILERS:
            raise Ambiguous(f"{name!r} comes as a trailer")
    return at


def read_body(message: Message, data: bytes, at: int, length: int) -> int:
    if length < 0:
        return read_chunks(message, data, at)
    message.body = data[at : at + length]
    if len(message.body) < length:
        raise Incomplete
    return at + length


def requests(data: bytes) -> tuple[list[Message], bytes]:
    """The whole requests, and what is left: the beginning of one that was not finished."""
    found: list[Message] = []
    at = 0
    while at < len(data):
        begin = at
        try:
            start, at = line(data, at)
            match = REQUEST_LINE.fullmatch(start)
            if not match:
                raise Ambiguous(f"the request line is {start!r}")
            message = Message(start)
            message.fields, at = fields(data, at)
            hosts = message.all(b"host")
            if len(hosts) > 1 or (match[3] == b"1" and not hosts):
                raise Ambiguous(f"the hosts are {hosts!r}")
            at = read_body(message, data, at, framing(message, match[3]) or 0)
        except Incomplete:
            return found, data[begin:]
        found.append(message)
    return found, b""


def responses(data: bytes, methods: list[bytes], closed: bool) -> tuple[list[Message], bytes]:
    """The whole responses to requests with these methods, interim ones too, and what is left."""
    found: list[Message] = []
    at, left = 0, list(methods)
    while at < len(data):
        begin = at
        try:
            start, at = line(data, at)
            match = STATUS_LINE.fullmatch(start)
            if not match:
                raise Ambiguous(f"the status line is {start!r}")
            message = Message(start)
            message.fields, at = fields(data, at)
            if message.status < 200 and message.status != 101:
                found.append(message)
                continue
            method = left.pop(0) if left else b"GET"
            length = framing(message, match[1])
            if message.status == 101:
                found.append(message)
                return found, data[at:]
            if method != b"HEAD" and message.status not in (204, 304):
                if length is None:
                    message.until_close, message.body, at = True, data[at:], len(data)
                    if not closed:
                        raise Incomplete
                else:
                    at = read_body(message, data, at, length)
        except Incomplete:
            return found, data[begin:]
        found.append(message)
    return found, b""
