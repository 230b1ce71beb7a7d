"""HTTP/2 requests that would be something else in HTTP/1.1. RFC 9113, section 8; RFC 7541."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.frames import Fields, Frames, request
from conformance.judge import Fate
from conformance.model import Case, Family, check, show
from conformance.stage import Stage
from conformance.strict import Message

REFUSED, SAFE, PASSED = Fate.REFUSED, Fate.SAFE, Fate.PASSED
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"


@dataclass(frozen=True)
class Request2:
    """A request of HTTP/2 in header fields, and what may become of it."""

    name: str
    rule: str
    fields: Fields
    fate: Fate = REFUSED
    data: bytes | None = None
    trailers: Fields | None = None
    holds: Callable[[Message], bool] | None = None
    #: What the backend may get as the body, if that is not all of the data.
    body: bytes | None = None

    def case(self) -> Case:
        return Case(self.name, self.rule, self.judge)

    def judge(self, stage: Stage) -> str:
        with Frames(stage.proxy.http2) as client:
            client.headers(1, self.fields, end=self.data is None and self.trailers is None)
            if self.data is not None:
                client.data(1, self.data, end=self.trailers is None)
            if self.trailers is not None:
                client.headers(1, self.trailers)
            first = client.finish(1, stage.quiet * 3)
            # The same connection, if it is still there: nothing of the first request may have become a part of this one.
            client.headers(3, request(b"/next"))
            client.finish(3, stage.quiet * 3)
        stage.settle()
        passed = [message for message in stage.passed_on() if message.target != b"/next"]
        if first.status and first.status < 400:
            return self.was_passed(passed)
        check(
            not passed,
            f"the client got {first.status or first.reset}, the backend {[m.start for m in passed]!r}",
        )
        check(self.fate is not PASSED, f"refused: {refusal(client, first.status, first.reset)}")
        return refusal(client, first.status, first.reset) + (
            ", broken off at the backend" if stage.begun() else ""
        )

    def was_passed(self, passed: list[Message]) -> str:
        starts = [message.start for message in passed]
        check(self.fate is not REFUSED, f"passed on: {starts!r}")
        check(len(passed) == 1, f"the backend got {starts!r}")
        message = passed[0]
        if self.data is not None:
            wanted = self.data if self.body is None else self.body
            check(message.body == wanted, f"the backend got the body {show(message.body)!r}")
        check(not self.holds or self.holds(message), f"the backend got {message.start!r} {message.fields!r}")
        return "passed on"


def refusal(client: Frames, status: int, reset: int | None) -> str:
    if status:
        return str(status)
    if reset is not None:
        return f"stream reset, {reset}"
    if client.goaway is not None:
        return f"GOAWAY, {client.goaway}"
    return "closed" if client.closed else "no answer"


GET = request()
POST = request(method=b"POST")


def get(
    name: str,
    *fields: tuple[bytes, bytes],
    fate: Fate = REFUSED,
    rule: str = "9113 8.2.1",
    holds: Callable[[Message], bool] | None = None,
) -> Request2:
    return Request2(name, rule, [*GET, *fields], fate, holds=holds)


def post(
    name: str, length: bytes | None, data: bytes, fate: Fate = REFUSED, rule: str = "9113 8.1.1"
) -> Request2:
    fields = [] if length is None else [(b"content-length", length)]
    return Request2(name, rule, [*POST, *fields], fate, data)


def pseudo(
    name: str,
    fields: Fields,
    fate: Fate = REFUSED,
    rule: str = "9113 8.3.1",
    holds: Callable[[Message], bool] | None = None,
) -> Request2:
    return Request2(name, rule, fields, fate, holds=holds)


def with_(name: bytes, value: bytes) -> Fields:
    """A plain GET with another value for one of its pseudo fields."""
    return [(known, value if known == name else old) for known, old in GET]


def path(name: str, value: bytes, fate: Fate = REFUSED, rule: str = "9113 8.3.1") -> Request2:
    return Request2(f":path: {name}", rule, with_(b":path", value), fate)


FIELDS = [
    get("a plain one", (b"x", b"a"), fate=PASSED, holds=lambda m: m.get(b"x") == b"a"),
    get("bytes beyond ASCII in a value", (b"x", b"caf\xe9"), fate=PASSED, holds=lambda m: m.get(b"x") == b"caf\xe9"),
    get("capitals in a name", (b"X-Big", b"a")),
    get("CR LF in a value", (b"x", b"a\r\nTransfer-Encoding: chunked")),
    get("CR LF CR LF and a request in a value", (b"x", b"a\r\n\r\n" + SMUGGLED)),
    get("LF in a value", (b"x", b"a\nY: b")),
    get("CR in a value", (b"x", b"a\rY: b")),
    get("NUL in a value", (b"x", b"a\0b")),
    get("a control byte in a value", (b"x", b"a\x01b"), fate=SAFE),
    get("a space before a value", (b"x", b" a"), fate=SAFE),
    get("CR LF in a name", (b"x\r\ny: a\r\nz", b"a")),
    get("LF in a name", (b"x\ny", b"a")),
    get("a colon in a name", (b"x:y", b"a")),
    get("a space in a name", (b"x y", b"a")),
    get("a space at a name's end", (b"transfer-encoding ", b"chunked")),
    get("NUL in a name", (b"x\0y", b"a")),
    get("a byte beyond ASCII in a name", (b"x\xe9", b"a")),
    get("an empty name", (b"", b"a")),
    get("connection", (b"connection", b"close"), rule="9113 8.2.2"),
    get("connection, which lists a field", (b"connection", b"x"), (b"x", b"a"), rule="9113 8.2.2"),
    get("keep-alive", (b"keep-alive", b"5"), rule="9113 8.2.2", fate=SAFE),
    get("proxy-connection", (b"proxy-connection", b"keep-alive"), rule="9113 8.2.2", fate=SAFE),
    get("transfer-encoding: chunked", (b"transfer-encoding", b"chunked"), rule="9113 8.2.2"),
    get("upgrade", (b"upgrade", b"h2c"), rule="9113 8.2.2"),
    get("te: trailers", (b"te", b"trailers"), rule="9113 8.2.2", fate=PASSED),
    get("te: gzip", (b"te", b"gzip"), rule="9113 8.2.2"),
    get("cookies in pieces", (b"cookie", b"a=1"), (b"cookie", b"b=2"), rule="9113 8.2.3", fate=PASSED, holds=lambda m: m.all(b"cookie") == [b"a=1; b=2"]),
    get("host the same as :authority", (b"host", b"a.example"), rule="9113 8.3.1", fate=SAFE, holds=lambda m: m.all(b"host") == [b"a.example"]),
    get("host other than :authority", (b"host", b"b.example"), rule="9113 8.3.1", fate=SAFE, holds=lambda m: m.all(b"host") == [b"a.example"]),
    get("host twice", (b"host", b"a.example"), (b"host", b"b.example"), rule="9113 8.3.1"),
    get("a pseudo field behind a plain one", (b"x", b"a"), (b":path", b"/other"), rule="9113 8.3"),
    get("content-length: 3 and no body", (b"content-length", b"3"), rule="9113 8.1.1"),
    get("http2-settings", (b"http2-settings", b"AAMAAABkAAQAAP__"), fate=SAFE),
]  # fmt: skip

PSEUDO = [
    pseudo("no :method", [field for field in GET if field[0] != b":method"]),
    pseudo("no :path", [field for field in GET if field[0] != b":path"]),
    pseudo("no :scheme", [field for field in GET if field[0] != b":scheme"]),
    pseudo("no :authority, but host", [*GET[:3], (b"host", b"a.example")], SAFE, holds=lambda m: m.all(b"host") == [b"a.example"]),
    pseudo("no :authority and no host", GET[:3], SAFE),
    pseudo("two :path", [*GET, (b":path", b"/other")]),
    pseudo("two :method", [*GET, (b":method", b"POST")]),
    pseudo("two :authority", [*GET, (b":authority", b"b.example")]),
    pseudo("two :scheme", [*GET, (b":scheme", b"https")]),
    pseudo("an unknown one", [*GET, (b":first", b"a")]),
    pseudo("an answer's", [*GET, (b":status", b"200")]),
    pseudo("in capitals", [*GET, (b":Path", b"/other")]),
    pseudo("an empty :method", with_(b":method", b"")),
    pseudo("a space in :method", with_(b":method", b"GET /x HTTP/1.1")),
    pseudo("CR LF in :method", with_(b":method", b"GET / HTTP/1.1\r\nX: y\r\n\r\nGET")),
    pseudo("CR LF in :authority", with_(b":authority", b"a.example\r\nX: y")),
    pseudo("a space in :authority", with_(b":authority", b"a.example b")),
    pseudo("a user in :authority", with_(b":authority", b"u@a.example"), SAFE, holds=lambda m: m.all(b"host") == [b"a.example"]),
    pseudo("a slash in :authority", with_(b":authority", b"a.example/x")),
    pseudo("CR LF in :scheme", with_(b":scheme", b"http\r\nX: y")),
    pseudo("a URL in :scheme", with_(b":scheme", b"http://b.example/x?")),
    pseudo("https in :scheme", with_(b":scheme", b"https"), SAFE),
    path("empty", b""),
    path("without a slash", b"first"),
    path("a URL", b"http://b.example/first"),
    path("a space", b"/first HTTP/1.1"),
    path("a request line and more", b"/ HTTP/1.1\r\nHost: b\r\n\r\nGET /smuggled"),
    path("LF", b"/a\nb"),
    path("NUL", b"/a\0b"),
    path("a tab", b"/a\tb"),
    path("DEL", b"/a\x7fb"),
    path("a fragment", b"/first#x", SAFE),
    path("*", b"*", SAFE),
    path("* with OPTIONS", b"*", SAFE),
    path("%0d%0a", b"/a%0d%0aX:y", PASSED),
    path("//", b"//first", SAFE),
    pseudo("CONNECT", [(b":method", b"CONNECT"), (b":authority", b"inner.example:22")], rule="9113 8.5"),
    pseudo("CONNECT with a path", with_(b":method", b"CONNECT"), rule="9113 8.5"),
    pseudo(":protocol without CONNECT", [*GET, (b":protocol", b"websocket")], rule="8441 4"),
]  # fmt: skip

BODIES = [
    post("as long as said", b"42", b"x" * 42, PASSED),
    post("no length said", None, b"x" * 42, PASSED),
    post("longer than said", b"3", b"abc" + SMUGGLED),
    # With its head the request is whole, and may have been passed on before the data comes.
    Request2("longer than said, which is 0", "9113 8.1.1", [*POST, (b"content-length", b"0")], SAFE, SMUGGLED, body=b""),
    post("shorter than said", b"50", b"abc"),
    post("a length that is none", b"+3", b"abc"),
    post("a list of lengths", b"3, 3", b"abc", SAFE),
    post("a length beyond 64 bits", b"18446744073709551619", b"abc"),
    post("looks like chunks", None, b"0\r\n\r\n" + SMUGGLED, PASSED),
    Request2("two lengths that differ", "9113 8.1.1", [*POST, (b"content-length", b"3"), (b"content-length", b"5")], REFUSED, b"abc"),
    Request2("both framings", "9113 8.2.2", [*POST, (b"content-length", b"3"), (b"transfer-encoding", b"chunked")], REFUSED, b"abc"),
    Request2("trailers", "9113 8.1", POST, SAFE, b"abc", [(b"x-sum", b"1")]),
    Request2("a pseudo field in trailers", "9113 8.1", POST, REFUSED, b"abc", [(b":path", b"/other")]),
    Request2("CR LF in trailers", "9113 8.2.1", POST, REFUSED, b"abc", [(b"x", b"a\r\n\r\n" + SMUGGLED)]),
    Request2("content-length in trailers", "9110 6.5.1", POST, SAFE, b"abc", [(b"content-length", b"9")]),
    Request2("host in trailers", "9110 6.5.1", POST, SAFE, b"abc", [(b"host", b"b.example")]),
    Request2("transfer-encoding in trailers", "9113 8.2.2", POST, SAFE, b"abc", [(b"transfer-encoding", b"chunked")]),
]  # fmt: skip

FAMILIES = [
    Family("Downgrade: fields", "header fields of HTTP/2", [case.case() for case in FIELDS]),
    Family("Downgrade: pseudo fields", "the target of a request of HTTP/2", [case.case() for case in PSEUDO]),
    Family("Downgrade: bodies", "lengths and trailers of HTTP/2", [case.case() for case in BODIES]),
]
