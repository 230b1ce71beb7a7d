"""Answers of a backend that are none, or more than one. RFC 9112, sections 4 and 6."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from conformance.frames import Frames, request
from conformance.model import Case, Family, check, show
from conformance.raw import Raw
from conformance.recorder import Behaviour, Connection
from conformance.stage import Stage

HEAD = b"HTTP/1.1 200 OK\r\n"
EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Fate(Enum):
    BAD = "502, and nothing of the answer"
    SAFE = "502, or one answer, whole or broken off"
    WHOLE = "one answer, with this body"
    BROKEN = "502, or an answer without an end"


BAD, SAFE, WHOLE, BROKEN = Fate.BAD, Fate.SAFE, Fate.WHOLE, Fate.BROKEN


def once(answer: bytes, end: str) -> Behaviour:
    """Answer `/first` so, and close the connection if told; all other requests are answered well."""

    def behave(connection: Connection) -> None:
        while (head := connection.read_request()) is not None:
            if b" /first " not in head.split(b"\r\n")[0]:
                connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
                continue
            connection.send(answer)
            if end == "close":
                return
            if end == "reset":
                connection.reset()
                return

    return behave


@dataclass(frozen=True)
class Answer:
    name: str
    rule: str
    data: bytes
    fate: Fate
    body: bytes | None = None
    method: bytes = b"GET"
    end: str = "close"

    def cases(self) -> list[Case]:
        return [Case(self.name, self.rule, self.http1), Case(f"{self.name} (HTTP/2)", self.rule, self.http2)]

    def http1(self, stage: Stage) -> str:
        stage.backend.begin(once(self.data, self.end))
        with Raw(stage.proxy.http1) as client:
            client.methods = [self.method, b"GET"]
            client.send(self.method + b" /first HTTP/1.1\r\nHost: a.example\r\n\r\n")
            client.until(lambda: bool(client.finals()), stage.quiet * 3)
            heard = bytes(client.received)
            finals = client.finals()
            if not finals:
                # What began is broken off: at the end of its connection the client knows it.
                began = heard.startswith(b"HTTP/1.1 200")
                return self.judge(200 if began else 0, b"", broken=True, shown=heard)
            first = finals[0]
            if first.until_close and self.fate is BROKEN and not client.was_reset:
                return self.judge(first.status, first.body, broken=False, shown=heard)
            said = self.judge(
                first.status, first.body, broken=first.until_close and client.was_reset, shown=heard
            )
            if not client.closed and self.method != b"CONNECT":
                client.send(b"GET /next HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
                client.to_end(stage.quiet * 3)
                rest = client.finals()[1:]
                check(
                    all(b"evil" not in answer.body for answer in rest),
                    "the next request got the second answer",
                )
        return said

    def http2(self, stage: Stage) -> str:
        stage.backend.begin(once(self.data, self.end))
        with Frames(stage.proxy.http2) as client:
            client.headers(1, request(method=self.method))
            first = client.finish(1, stage.quiet * 3)
            said = self.judge(
                first.status, bytes(first.data), broken=not first.ended, shown=str(first).encode()
            )
            client.headers(3, request(b"/next"))
            following = client.finish(3)
            check(following.data == b"next", f"the next request got {bytes(following.data)!r}")
        return said

    def judge(self, status: int, body: bytes, *, broken: bool, shown: bytes) -> str:
        got = f"the client got {show(shown)!r}"
        if status in (502, 0, 503, 500):
            check(self.fate is not WHOLE, got)
            return str(status or "closed")
        check(self.fate is not BAD, got)
        if self.fate is BROKEN:
            check(broken, f"ends as if it were whole: {got}")
            return f"{status}, broken off"
        check(not broken or self.fate is SAFE, f"broken off: {got}")
        if broken:
            return f"{status}, broken off"
        if self.body is not None:
            check(body == self.body, got)
        return f"{status}"


def head(
    name: str,
    fields: bytes,
    fate: Fate = BAD,
    body: bytes = b"ab",
    passed: bytes | None = None,
    rule: str = "9112 5",
) -> Answer:
    return Answer(name, rule, HEAD + fields + b"\r\n\r\n" + body, fate, passed)


def start(name: str, line: bytes, fate: Fate = BAD, rule: str = "9112 4") -> Answer:
    return Answer(name, rule, line + b"\r\nContent-Length: 2\r\n\r\nab", fate, None)


STARTS = [
    start("a plain one", b"HTTP/1.1 200 OK", WHOLE),
    start("no reason", b"HTTP/1.1 200 ", WHOLE),
    start("no reason, no space", b"HTTP/1.1 200", SAFE),
    start("HTTP/1.0", b"HTTP/1.0 200 OK", WHOLE),
    start("a reason beyond ASCII", b"HTTP/1.1 200 caf\xe9", SAFE),
    start("HTTP/2.0", b"HTTP/2.0 200 OK", SAFE),
    start("HTTP/3.0", b"HTTP/3.0 200 OK", SAFE),
    start("two digits", b"HTTP/1.1 20 OK"),
    start("four digits", b"HTTP/1.1 2000 OK", SAFE),
    start("letters", b"HTTP/1.1 2xx OK"),
    start("a status below 100", b"HTTP/1.1 099 Low"),
    start("a status of 600", b"HTTP/1.1 600 High", SAFE),
    start("minus", b"HTTP/1.1 -20 OK"),
    start("no version", b"200 OK", SAFE),
    start("small letters", b"http/1.1 200 OK", SAFE),
    start("NUL in the reason", b"HTTP/1.1 200 a\0b", SAFE),
    start("a bare CR in the reason", b"HTTP/1.1 200 a\rSet-Cookie: b", SAFE),
    Answer("nothing", "9112 8", b"", BAD),
    Answer("half a head", "9112 8", b"HTTP/1.1 200 OK\r\nContent-Le", BAD),
    Answer("garbage", "9112 4", b"\x16\x03\x01\x02\x00\x01garbage\r\n\r\n", SAFE),
    Answer("a line without an end", "9112 4", b"x" * 300000, SAFE),
    Answer("101 unasked", "9110 15.2.2", b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n" + EVIL, SAFE),
]  # fmt: skip

HEADS = [
    head("folded", b"X: a\r\n b\r\nContent-Length: 2", SAFE, rule="9112 5.2"),
    head("a space before the colon", b"X : a\r\nContent-Length: 2", SAFE, rule="9112 5.1"),
    head("a length behind a space before the colon", b"Content-Length : 2\r\nContent-Length: 40", SAFE, b"ab" + EVIL),
    head("no colon", b"Xa\r\nContent-Length: 2", SAFE),
    head("no name", b": a\r\nContent-Length: 2", SAFE),
    head("NUL in a value", b"X: a\0b\r\nContent-Length: 2"),
    head("a bare CR in a value", b"X: a\rSet-Cookie: b\r\nContent-Length: 2"),
    head("a bare LF in a value", b"X: a\nSet-Cookie: b\r\nContent-Length: 2", SAFE),
    head("a control byte in a value", b"X: a\x01b\r\nContent-Length: 2", SAFE),
    head("LF for all line ends", b"X: a\nContent-Length: 2\n\nab", SAFE, b""),
    head("a space in a name", b"X y: a\r\nContent-Length: 2", SAFE),
    head("two lengths that differ", b"Content-Length: 2\r\nContent-Length: 3", BAD, b"abc", rule="9112 6.3"),
    head("the same length twice", b"Content-Length: 2\r\nContent-Length: 2", SAFE, passed=b"ab", rule="9112 6.3"),
    head("a list of lengths", b"Content-Length: 2, 2", SAFE, passed=b"ab", rule="9112 6.3"),
    head("plus", b"Content-Length: +2", rule="9112 6.2"),
    head("minus", b"Content-Length: -2", rule="9112 6.2"),
    head("letters", b"Content-Length: x", rule="9112 6.2"),
    head("beyond 64 bits", b"Content-Length: 18446744073709551618", BROKEN, rule="9112 6.2"),
    head("both framings", b"Content-Length: 50\r\nTransfer-Encoding: chunked", SAFE, b"2\r\nab\r\n0\r\n\r\n", b"ab", "9112 6.3"),
    head("both framings, the length first to end", b"Content-Length: 2\r\nTransfer-Encoding: chunked", SAFE, b"5\r\nabcde\r\n0\r\n\r\n", b"abcde", "9112 6.3"),
    head("both framings in HTTP/1.0's way", b"Transfer-Encoding: identity\r\nContent-Length: 2", SAFE, rule="9112 6.1"),
    head("xchunked", b"Transfer-Encoding: xchunked", SAFE, rule="9112 6.1"),
    head("chunked twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", SAFE, b"2\r\nab\r\n0\r\n\r\n", rule="9112 6.1"),
    head("chunked, chunked", b"Transfer-Encoding: chunked, chunked", SAFE, b"2\r\nab\r\n0\r\n\r\n", rule="9112 6.1"),
    head("Connection lists Content-Length", b"Connection: content-length\r\nContent-Length: 2", SAFE, passed=b"ab", rule="9110 7.6.1"),
    head("no framing: to the end", b"X: y", WHOLE, b"abcde", b"abcde", rule="9112 6.3"),
    head("an empty length and a body", b"Content-Length:\r\nX: y", SAFE, b"ab", rule="9112 6.2"),
]  # fmt: skip

BODIES = [
    Answer("two answers to one request", "9112 9.2", HEAD + b"Content-Length: 2\r\n\r\nab" + EVIL, WHOLE, b"ab", end="stay"),
    Answer("a body behind 204", "9110 15.3.5", b"HTTP/1.1 204 No Content\r\n\r\n" + EVIL, SAFE, b"", end="stay"),
    Answer("a length and a body behind 204", "9110 15.3.5", b"HTTP/1.1 204 No Content\r\nContent-Length: 47\r\n\r\n" + EVIL, SAFE, b"", end="stay"),
    Answer("a body behind 304", "9110 15.4.5", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 47\r\n\r\n" + EVIL, SAFE, b"", end="stay"),
    Answer("a body behind HEAD", "9110 9.3.2", HEAD + b"Content-Length: 47\r\n\r\n" + EVIL, SAFE, b"", b"HEAD", "stay"),
    Answer("chunks behind HEAD", "9110 9.3.2", CHUNKED + b"4\r\nevil\r\n0\r\n\r\n", SAFE, b"", b"HEAD", "stay"),
    Answer("shorter than said", "9112 8", HEAD + b"Content-Length: 50\r\n\r\nab", BROKEN),
    Answer("shorter than said, and reset", "9112 8", HEAD + b"Content-Length: 50\r\n\r\nab", BROKEN, end="reset"),
    Answer("no last chunk", "9112 8", CHUNKED + b"2\r\nab\r\n", BROKEN),
    Answer("no last chunk, and reset", "9112 8", CHUNKED + b"2\r\nab\r\n", BROKEN, end="reset"),
    Answer("a chunk cut off", "9112 8", CHUNKED + b"5\r\nab", BROKEN),
    Answer("the last chunk without its end", "9112 8", CHUNKED + b"2\r\nab\r\n0\r\n", BROKEN),
    Answer("a chunk with a bad end", "9112 7.1", CHUNKED + b"2\r\nabXX0\r\n\r\n", BROKEN),
    Answer("a chunk size that is none", "9112 7.1", CHUNKED + b"2\r\nab\r\nzz\r\nab\r\n0\r\n\r\n", BROKEN),
    Answer("a chunk size with a sign", "9112 7.1", CHUNKED + b"+2\r\nab\r\n0\r\n\r\n", BROKEN),
    Answer("a chunk size beyond 64 bits", "9112 7.1", CHUNKED + b"10000000000000002\r\nab\r\n0\r\n\r\n", BROKEN),
    Answer("chunks ended by LF", "9112 7.1", CHUNKED + b"2\nab\n0\n\n", SAFE),
    Answer("an extension", "9112 7.1.1", CHUNKED + b"2;x=y\r\nab\r\n0\r\n\r\n", WHOLE, b"ab"),
    Answer("a trailer", "9112 7.1.2", CHUNKED + b"2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n", WHOLE, b"ab"),
    Answer("a trailer that is none", "9112 7.1.2", CHUNKED + b"2\r\nab\r\n0\r\nX : 1\r\n\r\n", SAFE, b"ab"),
    Answer("Content-Length as a trailer", "9110 6.5.1", CHUNKED + b"2\r\nab\r\n0\r\nContent-Length: 9\r\n\r\n", SAFE, b"ab"),
    Answer("100 and 103 before", "9110 15.2", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nab", WHOLE, b"ab"),
    Answer("a thousand 100s before", "9110 15.2", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + HEAD + b"Content-Length: 2\r\n\r\nab", SAFE, b"ab"),
    Answer("100s without an end", "9110 15.2", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, BAD),
    Answer("a length behind 100", "9110 15.2", b"HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nab", SAFE),
    Answer("HTTP/1.0 to the end", "9112 6.3", b"HTTP/1.0 200 OK\r\n\r\nabcde", WHOLE, b"abcde"),
    Answer("HTTP/1.0 with chunks", "9112 6.1", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", SAFE),
    Answer("to the end, which is a reset", "9112 8", HEAD + b"\r\nabc", SAFE, end="reset"),
]  # fmt: skip


def family(name: str, about: str, answers: list[Answer]) -> Family:
    return Family(name, about, [case for answer in answers for case in answer.cases()])


FAMILIES = [
    family("Answer: first line", "status lines, and none", STARTS),
    family("Answer: fields", "names, values, lengths, codings", HEADS),
    family("Answer: bodies", "ends, too soon or too late", BODIES),
]
