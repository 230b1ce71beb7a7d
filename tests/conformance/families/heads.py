"""Request smuggling: request lines, names, fields and line ends. RFC 9112, sections 2 to 5."""

from __future__ import annotations

from collections.abc import Callable

from conformance.judge import Fate, Request
from conformance.model import Case, Family, check
from conformance.raw import Raw
from conformance.stage import Stage
from conformance.strict import Message

REFUSED, SAFE, PASSED = Fate.REFUSED, Fate.SAFE, Fate.PASSED


def start(
    name: str, line: bytes, fate: Fate = REFUSED, rule: str = "9112 3", target: bytes = b"/first"
) -> Request:
    return Request(name, rule, line + b"\r\nHost: a.example\r\n\r\n", fate, b"", target=target)


def hosts(name: str, lines: bytes, fate: Fate = REFUSED, line: bytes = b"GET /first HTTP/1.1") -> Request:
    return Request(name, "9112 3.2", line + b"\r\n" + lines + b"\r\n", fate, b"", is_host_whole)


def is_host_whole(message: Message) -> bool:
    host = message.get(b"host")
    return host in (None, b"", b"a.example", b"a.example:80") or str(host).startswith("b'127.0.0.1:")


def field(
    name: str,
    line: bytes,
    fate: Fate = REFUSED,
    rule: str = "9112 5",
    holds: Callable[[Message], bool] | None = None,
) -> Request:
    data = b"GET /first HTTP/1.1\r\nHost: a.example\r\n" + line + b"\r\n\r\n"
    return Request(name, rule, data, fate, b"", holds)


def without(*names: bytes) -> Callable[[Message], bool]:
    return lambda message: not any(message.all(name) for name in names)


STARTS = [
    start("a plain one", b"GET /first HTTP/1.1", PASSED),
    start("HTTP/0.9", b"GET /first", REFUSED),
    start("HTTP/1.0", b"GET /first HTTP/1.0", SAFE),
    start("HTTP/1.2", b"GET /first HTTP/1.2", SAFE, "9110 2.5"),
    start("HTTP/2.0", b"GET /first HTTP/2.0"),
    start("HTTP/1.10", b"GET /first HTTP/1.10"),
    start("HTTP/01.1", b"GET /first HTTP/01.1"),
    start("HTTP/1", b"GET /first HTTP/1"),
    start("HTTP/1.1 with a letter behind it", b"GET /first HTTP/1.1x"),
    start("http/1.1", b"GET /first http/1.1"),
    start("HTTPS/1.1", b"GET /first HTTPS/1.1"),
    start("a space behind the version", b"GET /first HTTP/1.1 ", SAFE),
    start("two spaces behind the method", b"GET  /first HTTP/1.1", SAFE),
    start("two spaces behind the target", b"GET /first  HTTP/1.1", SAFE),
    start("a tab for a space", b"GET\t/first\tHTTP/1.1"),
    start("a space before the method", b" GET /first HTTP/1.1"),
    start("an empty line before", b"\r\nGET /first HTTP/1.1", SAFE, "9112 2.2"),
    start("an empty line before, LF only", b"\nGET /first HTTP/1.1", SAFE, "9112 2.2"),
    start("NUL before", b"\0GET /first HTTP/1.1"),
    start("a small method", b"get /first HTTP/1.1", SAFE),
    start("a method of one's own", b"FROBNICATE /first HTTP/1.1", SAFE, "9110 9.1"),
    start("a bracket in the method", b"G(T /first HTTP/1.1"),
    start("a colon in the method", b"GET: /first HTTP/1.1"),
    start("a byte beyond ASCII in the method", b"G\xcbT /first HTTP/1.1"),
    start("no method", b" /first HTTP/1.1"),
    start("no target", b"GET HTTP/1.1"),
    start("an empty target", b"GET  HTTP/1.1"),
    start("a target without a slash", b"GET first HTTP/1.1"),
    start("a space in the target", b"GET /fi rst HTTP/1.1"),
    start("HTTP/1.1 in the target", b"GET /first HTTP/1.1 HTTP/1.1"),
    start("NUL in the target", b"GET /fi\0rst HTTP/1.1"),
    start("a bare CR in the target", b"GET /fi\rrst HTTP/1.1"),
    start("a control byte in the target", b"GET /fi\x01rst HTTP/1.1"),
    start("DEL in the target", b"GET /fi\x7frst HTTP/1.1"),
    start("a fragment in the target", b"GET /first#x HTTP/1.1", SAFE, target=b"/first"),
    start("%00 in the target", b"GET /%00 HTTP/1.1", SAFE, target=b"/%00"),
    start("%0d%0a in the target", b"GET /a%0d%0aX:%20y HTTP/1.1", SAFE, target=b"/a%0d%0aX:%20y"),
    start("%2f and .. are left alone", b"GET /a%2F..%2fb HTTP/1.1", SAFE, target=b"/a%2F..%2fb"),
    start("absolute form", b"GET http://a.example/first HTTP/1.1", SAFE, "9112 3.2.2"),
    start("absolute form with a user", b"GET http://u:p@a.example/first HTTP/1.1", SAFE, "9112 3.2.2"),
    start("another scheme", b"GET ftp://a.example/first HTTP/1.1", SAFE, "9112 3.2.2"),
    start("* with GET", b"GET * HTTP/1.1", SAFE, "9112 3.2.4", b"*"),
    start("CONNECT", b"CONNECT inner.example:22 HTTP/1.1", REFUSED, "9110 9.3.6"),
    start("CONNECT with a path", b"CONNECT /first HTTP/1.1", REFUSED, "9110 9.3.6"),
    start("HTTP/2's first line, and then HTTP/1.1", b"PRI * HTTP/2.0", REFUSED, "9113 3.4"),
]  # fmt: skip

HOST = b"Host: a.example\r\n"
HOSTS = [
    hosts("none", b""),
    hosts("none in HTTP/1.0", b"", SAFE, b"GET /first HTTP/1.0"),
    hosts("two that differ", HOST + b"Host: b.example\r\n"),
    hosts("the same twice", HOST + HOST),
    hosts("two, one in small letters", HOST + b"host: b.example\r\n"),
    hosts("two, the second folded to the first", HOST + b" Host: b.example\r\n"),
    hosts("two, a space before a colon", HOST + b"Host : b.example\r\n"),
    hosts("absolute form against Host", b"Host: b.example\r\n", SAFE, b"GET http://a.example/first HTTP/1.1"),
    hosts("absolute form and two Hosts", HOST + b"Host: b.example\r\n", REFUSED, b"GET http://a.example/first HTTP/1.1"),
    hosts("empty", b"Host:\r\n", SAFE),
    hosts("a port", b"Host: a.example:80\r\n", PASSED),
    hosts("a space inside", b"Host: a.example b.example\r\n"),
    hosts("a comma", b"Host: a.example, b.example\r\n"),
    hosts("a slash", b"Host: a.example/x\r\n"),
    hosts("a user", b"Host: u@a.example\r\n"),
    hosts("a bracket", b"Host: [::1\r\n"),
    hosts("a port that is none", b"Host: a.example:x\r\n"),
    hosts("a backslash", b"Host: a.example\\b\r\n"),
    hosts("NUL", b"Host: a.example\0\r\n"),
    hosts("a byte beyond ASCII", b"Host: a\xe9.example\r\n"),
]  # fmt: skip

FIELDS = [
    field("bytes beyond ASCII in a value", b"X: caf\xe9 \xc3\xa9", PASSED, "9110 5.5", lambda m: m.get(b"x") == b"caf\xe9 \xc3\xa9"),
    field("an empty value", b"X:", PASSED, "9110 5.5", lambda m: m.get(b"x") == b""),
    field("spaces around a value", b"X: \t a  b \t ", PASSED, "9112 5.1", lambda m: m.get(b"x") == b"a  b"),
    field("a name twice", b"X: a\r\nX: b", PASSED, "9110 5.3", lambda m: (m.get(b"x") or b"").replace(b" ", b"") == b"a,b"),
    field("folded", b"X: a\r\n b", SAFE, "9112 5.2"),
    field("folded with a tab", b"X: a\r\n\tb", SAFE, "9112 5.2"),
    field("folded, a field inside", b"X: a\r\n Content-Length: 3", SAFE, "9112 5.2", without(b"content-length")),
    field("a folded first line", b" X: a", SAFE, "9112 2.2"),
    field("a space before the colon", b"X : a", REFUSED, "9112 5.1"),
    field("a tab before the colon", b"X\t: a", REFUSED, "9112 5.1"),
    field("no colon", b"Xa"),
    field("no name", b": a"),
    field("a space in the name", b"X y: a"),
    field("a bracket in the name", b"X(y: a"),
    field("NUL in the name", b"X\0y: a"),
    field("DEL in the name", b"X\x7f: a"),
    field("a byte beyond ASCII in the name", b"X\xe9: a"),
    field("an underscore in the name", b"X_Y: a", SAFE, "9110 5.1"),
    field("NUL in a value", b"X: a\0b", REFUSED, "9110 5.5"),
    field("a control byte in a value", b"X: a\x01b", SAFE, "9110 5.5"),
    field("DEL in a value", b"X: a\x7fb", SAFE, "9110 5.5"),
    field("a bare CR in a value", b"X: a\rY: b", SAFE, "9112 2.2", without(b"y")),
    field("a bare CR at the end of a value", b"X: a\r\r\nY: b", SAFE, "9112 2.2"),
    field("a bare LF in a value", b"X: a\nY: b", SAFE, "9112 2.2"),
    field("an empty line ended by CR", b"X: a\r\n\rY: b", SAFE, "9112 2.2"),
    field("a second request line", b"GET /smuggled HTTP/1.1"),
    field("Connection strikes out Host", b"Connection: host, close", SAFE, "9110 7.6.1", lambda m: m.all(b"host") == [b"a.example"]),
    field("Connection strikes out X-Forwarded-For", b"Connection: close, X-Forwarded-For\r\nX-Forwarded-For: 6.6.6.6", SAFE, "9110 7.6.1", lambda m: (m.get(b"x-forwarded-for") or b"").endswith(b"127.0.0.1")),
    field("Connection strikes out what it lists", b"Connection: close, X-Hop\r\nX-Hop: a", SAFE, "9110 7.6.1", without(b"x-hop")),
    field("Keep-Alive and Proxy-Connection stay here", b"Keep-Alive: 5\r\nProxy-Connection: keep-alive", SAFE, "9110 7.6.1", without(b"keep-alive", b"proxy-connection")),
    field("TE stays here, but for trailers", b"Connection: TE\r\nTE: gzip", SAFE, "9110 10.1.4", lambda m: m.get(b"te") in (None, b"trailers")),
    field("Upgrade alone stays here", b"Upgrade: x", SAFE, "9110 7.8"),
]  # fmt: skip


def only_lf(stage: Stage) -> str:
    """RFC 9112, section 2.2: a reader may take LF alone for the end of a line; what is sent on must be CRLF."""
    stage.talk(b"GET /first HTTP/1.1\nHost: a.example\nConnection: close\n\n")
    stage.settle()
    targets = [message.target for message in stage.passed_on()]
    check(targets in ([], [b"/first"]), f"the backend got {targets!r}")
    return "passed on" if targets else "refused"


def pipelined(stage: Stage) -> str:
    """RFC 9112, section 9.3.2: answers come in the order of the requests."""
    with Raw(stage.proxy.http1) as client:
        client.methods = [b"GET"] * 20
        client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: a.example\r\n\r\n" % n for n in range(20)))
        client.answer(20)
    targets = [message.target for message in stage.passed_on()]
    check(targets == [b"/%d" % n for n in range(20)], f"the backend got {targets!r}")
    return "20 in order"


FAMILIES = [
    Family("Request: first line", "methods, targets, versions", [case.case() for case in STARTS]),
    Family("Request: Host", "which name counts", [case.case() for case in HOSTS]),
    Family(
        "Request: fields",
        "names, values, line ends, Connection",
        [
            *(case.case() for case in FIELDS),
            Case("LF for all line ends", "9112 2.2", only_lf),
            Case("twenty pipelined", "9112 9.3.2", pipelined),
        ],
    ),
]
