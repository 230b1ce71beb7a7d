"""A client of HTTP/2 that sends any frames and any header blocks, and keeps what comes back."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from hpack import Decoder

from conformance.raw import Raw

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    range(10)
)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4

Fields = list[tuple[bytes, bytes]]


@dataclass
class Stream:
    heads: list[Fields] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    ended: bool = False
    reset: int | None = None

    @property
    def done(self) -> bool:
        return self.ended or self.reset is not None

    @property
    def head(self) -> dict[bytes, bytes]:
        """The head of the final answer; empty if there is none yet."""
        finals = [dict(head) for head in self.heads if not dict(head).get(b":status", b"1").startswith(b"1")]
        return finals[0] if finals else {}

    @property
    def status(self) -> int:
        return int(self.head.get(b":status", b"0"))

    @property
    def trailers(self) -> Fields:
        last = self.heads[-1] if self.heads else []
        return [] if any(name == b":status" for name, _ in last) else last


def integer(value: int, bits: int) -> bytes:
    """RFC 7541, section 5.1; the bits before it are zero."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([value])
    value -= most
    out = bytearray([most])
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out) + bytes([value])


def block(fields: Fields) -> bytes:
    """Literal fields without an index: no byte is too strange for them."""
    return b"".join(b"\0" + literal(text) + literal(value) for text, value in fields)


def literal(text: bytes) -> bytes:
    return integer(len(text), 7) + text


def request(path: bytes = b"/first", method: bytes = b"GET", authority: bytes = b"a.example") -> Fields:
    return [(b":method", method), (b":scheme", b"http"), (b":path", path), (b":authority", authority)]


class Frames(Raw):
    """One connection of HTTP/2."""

    def __init__(self, port: int, settings: list[tuple[int, int]] | None = None) -> None:
        super().__init__(port)
        self.streams: dict[int, Stream] = {}
        self.goaway: int | None = None
        self.settings: dict[int, int] = {}
        self.acknowledged = 0
        self.pongs: list[bytes] = []
        #: Whether what was received is given back to the windows at once.
        self.credit = True
        self._decoder = Decoder()
        self._block = bytearray()
        self._at = 0
        self.send(PREFACE)
        self.frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in settings or []))

    def frame(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        self.send(struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload)

    def headers(self, stream: int, fields: Fields, *, end: bool = True) -> None:
        data = block(fields)
        first, rest = data[:16384], data[16384:]
        self.frame(HEADERS, (END_STREAM if end else 0) | (0 if rest else END_HEADERS), stream, first)
        while rest:
            first, rest = rest[:16384], rest[16384:]
            self.frame(CONTINUATION, 0 if rest else END_HEADERS, stream, first)

    def data(self, stream: int, data: bytes, *, end: bool = True) -> None:
        self.frame(DATA, END_STREAM if end else 0, stream, data)

    def stream(self, number: int) -> Stream:
        return self.streams.setdefault(number, Stream())

    def take(self, limit: float) -> bool:
        happened = super().take(limit)
        while len(self.received) >= self._at + 9:
            length = int.from_bytes(self.received[self._at : self._at + 3], "big")
            if len(self.received) < self._at + 9 + length:
                break
            kind, flags, stream = struct.unpack(">BBI", self.received[self._at + 3 : self._at + 9])
            payload = bytes(self.received[self._at + 9 : self._at + 9 + length])
            self._at += 9 + length
            self._heard(kind, flags, stream, payload)
        return happened

    def _heard(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        stream = self.stream(number)
        if kind == DATA:
            stream.data += payload
            if self.credit and payload:
                update = struct.pack(">I", len(payload))
                self.frame(WINDOW_UPDATE, 0, 0, update)
                if not flags & END_STREAM:
                    self.frame(WINDOW_UPDATE, 0, number, update)
        elif kind in (HEADERS, CONTINUATION):
            self._block += payload
            if flags & END_HEADERS:
                decoded = self._decoder.decode(bytes(self._block), raw=True)
                stream.heads.append([(bytes(name), bytes(value)) for name, value in decoded])
                self._block.clear()
        elif kind == RST_STREAM:
            stream.reset = int.from_bytes(payload, "big")
        elif kind == SETTINGS:
            self._settings(flags, payload)
        elif kind == PING:
            if flags & ACK:
                self.pongs.append(payload)
            else:
                self.frame(PING, ACK, 0, payload)
        elif kind == GOAWAY:
            self.goaway = int.from_bytes(payload[4:8], "big")
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            stream.ended = True

    def _settings(self, flags: int, payload: bytes) -> None:
        if flags & ACK:
            self.acknowledged += 1
            return
        self.settings |= dict(struct.iter_unpack(">HI", payload))
        self.frame(SETTINGS, ACK, 0)

    def finish(self, number: int, limit: float = 5.0) -> Stream:
        """Read until this stream is done, the connection ends, or time is up."""
        self.until(lambda: self.stream(number).done, limit)
        return self.stream(number)

    def is_up(self) -> bool:
        """Whether the connection still answers a PING."""
        before = len(self.pongs)
        self.frame(PING, 0, 0, b"still up")
        return self.until(lambda: len(self.pongs) > before, 5.0)
