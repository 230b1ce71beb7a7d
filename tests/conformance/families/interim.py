"""What comes before and behind an answer: 1xx, trailers. RFC 9110, sections 15.2 and 6.5."""

from __future__ import annotations

from conformance.frames import Frames, request
from conformance.model import Case, Family, check, show
from conformance.raw import Raw
from conformance.recorder import OK, Connection, answering
from conformance.stage import Stage

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"


def expecting(stage: Stage) -> str:
    """The backend says 100, and only then does the client send."""

    def behave(connection: Connection) -> None:
        head = connection.read_head()
        if head is None:
            return
        connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if connection.read_body(head):
            connection.send(OK)

    stage.backend.begin(behave)
    with Raw(stage.proxy.http1) as client:
        client.send(
            b"POST / HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        )
        came = client.until(lambda: [answer.status for answer in client.answers()] == [100], 5)
        check(came, f"no 100: {show(bytes(client.received))}")
        client.send(b"abc")
        check(client.answer().status == 200, show(bytes(client.received)))
        check([answer.status for answer in client.answers()] == [100, 200], show(bytes(client.received)))
    check(stage.passed_on()[0].body == b"abc", "the body did not come through")
    return "100, then 200"


def refused_expectation(stage: Stage) -> str:
    """The backend refuses by the head alone: the client, which waits, must hear of it."""

    def behave(connection: Connection) -> None:
        if connection.read_head() is not None:
            connection.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")

    stage.backend.begin(behave)
    with Raw(stage.proxy.http1) as client:
        client.send(
            b"POST / HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        )
        client.until(lambda: bool(client.answers()), 5)
        interim = [answer.status for answer in client.answers()]
        if interim == [100]:
            client.send(b"abc")
        check(client.answer().status == 403, show(bytes(client.received)))
    return "100, then 403" if interim == [100] else "403"


def hints(stage: Stage) -> str:
    """RFC 9110, section 15.2: a proxy must forward 1xx answers that it did not ask for itself."""
    stage.backend.begin(answering(HINTS + OK))
    with Raw(stage.proxy.http1) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        check(client.answer().status == 200, show(bytes(client.received)))
        check([answer.status for answer in client.answers()] == [103, 200], "the 103 was lost")
    return "103, 200"


def hints_http2(stage: Stage) -> str:
    stage.backend.begin(answering(HINTS + OK))
    with Frames(stage.proxy.http2) as client:
        client.headers(1, request())
        stream = client.finish(1)
        check(stream.status == 200, f"the client got {stream.heads!r}")
        check([dict(head).get(b":status") for head in stream.heads] == [b"103", b"200"], "the 103 was lost")
    return "103, 200"


def no_hints_in_http10(stage: Stage) -> str:
    """RFC 9110, section 15.2: a client of HTTP/1.0 knows no 1xx."""
    stage.backend.begin(answering(HINTS + OK))
    with Raw(stage.proxy.http1) as client:
        client.send(b"GET / HTTP/1.0\r\nHost: a.example\r\n\r\n")
        client.to_end()
        check([answer.status for answer in client.answers()] == [200], show(bytes(client.received)))
    return "200"


TRAILED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 7\r\n\r\n"
)


def answer_trailers(stage: Stage) -> str:
    answer, _ = stage.get(head="TE: trailers\r\n", then=answering(TRAILED))
    check(answer.body == b"ab", f"the client got {answer.body!r}")
    check(
        [(n.lower(), v) for n, v in answer.trailers] == [(b"x-sum", b"7")],
        f"the trailers are {answer.trailers!r}",
    )
    return "passed on"


def answer_trailers_http2(stage: Stage) -> str:
    stage.backend.begin(answering(TRAILED))
    with Frames(stage.proxy.http2) as client:
        client.headers(1, [*request(), (b"te", b"trailers")])
        stream = client.finish(1)
        check(stream.data == b"ab" and stream.ended, f"the client got {stream!r}")
        check(stream.trailers == [(b"x-sum", b"7")], f"the trailers are {stream.trailers!r}")
    return "passed on"


def request_trailers(stage: Stage) -> str:
    body = b"3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n"
    _, passed = stage.get(head="Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n", body=body, method="POST")
    check(passed[0].body == b"abc", f"the backend got {passed[0].body!r}")
    trailers = [(name.lower(), value) for name, value in passed[0].trailers]
    check(trailers == [(b"x-sum", b"7")], f"the trailers are {trailers!r}")
    return "passed on"


FAMILIES = [
    Family(
        "1xx and trailers",
        "what comes before and behind an answer",
        [
            Case("Expect: 100-continue", "9110 10.1.1", expecting),
            Case("Expect: 100-continue, refused", "9110 10.1.1", refused_expectation),
            Case("103", "9110 15.2", hints),
            Case("103 (HTTP/2)", "9110 15.2", hints_http2),
            Case("no 103 in HTTP/1.0", "9110 15.2", no_hints_in_http10),
            Case("trailers of an answer", "9110 6.5", answer_trailers),
            Case("trailers of an answer (HTTP/2)", "9113 8.1", answer_trailers_http2),
            Case("trailers of a request", "9110 6.5", request_trailers),
        ],
    ),
]  # fmt: skip
