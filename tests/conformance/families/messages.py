"""What must come through as it is: methods, statuses, bodies that are none, 1xx answers, trailers, long heads. RFC 9110."""

from __future__ import annotations

from conformance.model import Case, Family, check, show
from conformance.raw import Raw
from conformance.recorder import OK, Connection, answering
from conformance.stage import Stage
from conformance.strict import responses

METHODS = [
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "REPORT",
    "QUERY",
    "PURGE",
    "M-SEARCH",
]
STATUSES = [200, 201, 202, 203, 205, 206, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 410, 412, 413, 416, 418, 421, 422, 429, 451, 500, 501, 502, 503, 504, 511, 599]  # fmt: skip


def method(name: str) -> Case:
    def run(stage: Stage) -> str:
        answer, passed = stage.get("/m", "Content-Length: 3\r\n", b"abc", method=name)
        check(answer.status == 200, f"the client got {answer.start!r}")
        check([(m.method, m.body) for m in passed] == [(name.encode(), b"abc")], f"passed on: {passed!r}")
        return "passed on"

    return Case(f"{name} with a body", "9110 9", run)


def all_statuses(stage: Stage) -> str:
    for status in STATUSES:
        answer, _ = stage.get(
            then=answering(b"HTTP/1.1 %d Some Reason\r\nX: y\r\nContent-Length: 2\r\n\r\nab" % status)
        )
        check(
            answer.status == status and answer.body in (b"ab", b""),
            f"{status} became {answer.start!r} {answer.body!r}",
        )
    return f"{len(STATUSES)} of them"


def bodyless(name: str, rule: str, head: bytes, *, method: str = "GET", length: bytes | None = None) -> Case:
    """An answer without a body, and the next one on the same connection."""

    def run(stage: Stage) -> str:
        def behave(connection: Connection) -> None:
            while (asked := connection.read_request()) is not None:
                connection.send(OK if b" /next " in asked else head)

        stage.backend.begin(behave)
        with Raw(stage.proxy.http1) as client:
            client.methods = [method.encode(), b"GET"]
            client.send(f"{method} / HTTP/1.1\r\nHost: a.example\r\n\r\n".encode())
            answer = client.answer()
            check(not answer.all(b"transfer-encoding"), f"the client got {answer.fields!r}")
            if length is not None:
                check(answer.get(b"content-length") in (length, None), f"the client got {answer.fields!r}")
            client.send(b"GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n")
            check(client.answer(2).body == b"ok", f"then the client got {show(bytes(client.received))}")
        return "no body" + (f", Content-Length: {(answer.get(b'content-length') or b'none').decode()}")

    return Case(name, rule, run)


def long_head(name: str, lines: str, *, target: str = "/") -> Case:
    def run(stage: Stage) -> str:
        answer, passed = stage.get(target, lines)
        check(answer.status == 200, f"the client got {answer.start!r}")
        got = {name.lower(): value for name, value in passed[0].fields}
        wanted = [line.split(": ", 1) for line in lines.splitlines()]
        check(
            all(got.get(name.lower().encode()) == value.encode() for name, value in wanted),
            "a field was lost",
        )
        check(passed[0].target == target.encode(), "the target was changed")
        return "passed on"

    return Case(name, "9110 5.4", run)


def too_long(name: str, data: bytes) -> Case:
    """A head beyond all measure is refused, and never held or passed on whole."""

    def run(stage: Stage) -> str:
        with Raw(stage.proxy.http1) as client:
            client.send(data)
            client.until(lambda: bool(client.received) or client.closed)
            check(client.received or client.closed, "no answer")
            found = responses(bytes(client.received), [b"GET"], True)[0]
        check(not found or 400 <= found[0].status < 500, f"the client got {show(bytes(client.received))}")
        check(not stage.passed_on(), "it was passed on")
        stage.alive()
        return str(found[0].status) if found else "closed"

    return Case(name, "9110 5.4", run)


def long_answer(stage: Stage) -> str:
    fields = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 60) for n in range(40))
    answer, _ = stage.get(then=answering(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 2\r\n\r\nok"))
    check(answer.status == 200 and answer.get(b"x-39") == b"y" * 60, f"the client got {answer.start!r}")
    return "passed on"


def cookies(stage: Stage) -> str:
    """RFC 6265, section 3: `Set-Cookie` must not be joined."""
    answer, _ = stage.get(
        then=answering(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n")
    )
    check(answer.all(b"set-cookie") == [b"a=1", b"b=2"], f"the client got {answer.fields!r}")
    return "two fields"


def max_forwards(stage: Stage) -> str:
    """RFC 9110, section 7.6.2, wants an intermediary to count; none of the three is asked to act on TRACE."""
    answer, passed = stage.get("/", method="TRACE")
    if not passed:
        return f"refused: {answer.status}"
    check(passed[0].method == b"TRACE", f"passed on: {passed!r}")
    return "passed on"


GZIP = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x02\0\xfd\xffab\x67\x07\x83\x9e\x02\0\0\0"


def codings(stage: Stage) -> str:
    """What the backend coded goes through byte for byte, with what says so."""
    head = b'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: "x"\r\nVary: Accept-Encoding\r\nContent-Length: %d\r\n\r\n'
    answer, passed = stage.get(head="Accept-Encoding: gzip\r\n", then=answering(head % len(GZIP) + GZIP))
    check(answer.body == GZIP and answer.get(b"content-encoding") == b"gzip", f"the client got {answer!r}")
    check(passed[0].get(b"accept-encoding") == b"gzip", f"the backend got {passed[0].fields!r}")
    return "untouched"


FAMILIES = [
    Family(
        "Methods and statuses",
        "what comes through as it is",
        [
            *(method(name) for name in METHODS),
            Case("TRACE", "9110 9.3.8", max_forwards),
            Case("all statuses", "9110 15", all_statuses),
            Case("two cookies set", "6265 3", cookies),
            Case("a coded body", "9110 8.4", codings),
            bodyless("HEAD, a length", "9110 9.3.2", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", method="HEAD", length=b"1000"),
            bodyless("HEAD, length 0", "9110 9.3.2", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", method="HEAD", length=b"0"),
            bodyless("HEAD, 404", "9110 9.3.2", b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n", method="HEAD", length=b"9"),
            bodyless("204", "9110 15.3.5", b"HTTP/1.1 204 No Content\r\n\r\n"),
            bodyless("204 to DELETE", "9110 15.3.5", b"HTTP/1.1 204 No Content\r\n\r\n", method="DELETE"),
            bodyless("304", "9110 15.4.5", b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n"),
            bodyless("304, a length", "9110 15.4.5", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n", length=b"1000"),
            bodyless("200, length 0", "9112 6.3", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", length=b"0"),
        ],
    ),
    Family(
        "Long heads",
        "as much as is used, and not without an end",
        [
            long_head("80 fields", "".join(f"X-Field-{n}: value {n}\r\n" for n in range(80))),
            long_head("a field of 6 KiB", f"X: {'y' * 6144}\r\n"),
            long_head("a target of 6 KiB", "", target="/" + "y" * 6144),
            Case("40 fields in an answer", "9110 5.4", long_answer),
            too_long("a field of 4 MiB", b"GET / HTTP/1.1\r\nHost: a.example\r\nX: " + b"y" * (4 << 20) + b"\r\n\r\n"),
            too_long("a target of 4 MiB", b"GET /" + b"y" * (4 << 20) + b" HTTP/1.1\r\nHost: a.example\r\n\r\n"),
            too_long("100000 fields", b"GET / HTTP/1.1\r\nHost: a.example\r\n" + b"X: y\r\n" * 100000 + b"\r\n"),
        ],
    ),
]  # fmt: skip
