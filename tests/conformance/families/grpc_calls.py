"""gRPC in its four kinds, with grpcio on both sides; the way from the proxy to the server is HTTP/2."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event

import grpc

from conformance.grpc_backend import CANCELLED
from conformance.model import Case, Family, check
from conformance.stage import Stage

WITHIN = 15


def case(name: str, call: Callable[[grpc.Channel, bytes], str]) -> Case:
    def run(stage: Stage) -> str:
        with grpc.insecure_channel(f"127.0.0.1:{stage.proxy.grpc}") as channel:
            try:
                return call(channel, stage.proxy.name.encode())
            except grpc.RpcError as error:
                check(False, f"{error.code()}: {error.details()}")
                raise

    return Case(name, "gRPC", run)


def unary(channel: grpc.Channel, _: bytes) -> str:
    answer, call = channel.unary_unary("/test.Echo/Unary").with_call(
        b"abc", metadata=[("ask", "x")], timeout=WITHIN
    )
    trailers = dict(call.trailing_metadata())
    check(answer == b"cba", f"the answer is {answer!r}")
    check(trailers == {"sum": "3", "seen": "x", "raw-bin": b"\0\xff"}, f"the trailers are {trailers!r}")
    return "answered, with its trailers"


def status(channel: grpc.Channel, _: bytes) -> str:
    for method, message, code in [("Unary", b"fail", "FAILED_PRECONDITION"), ("None", b"", "UNIMPLEMENTED")]:
        try:
            channel.unary_unary(f"/test.Echo/{method}")(message, timeout=WITHIN)
        except grpc.RpcError as error:
            check(error.code().name == code, f"{error.code()} instead of {code}")
            check(
                not message or error.details() == "as asked: 100% ü", f"the details are {error.details()!r}"
            )
        else:
            check(False, "no error")
    return "both errors"


def server_stream(channel: grpc.Channel, _: bytes) -> str:
    answers = list(channel.unary_stream("/test.Echo/Many")(b"m", timeout=WITHIN))
    check(answers == [b"m"] * 100, f"{len(answers)} answers")
    return "100 messages"


def client_stream(channel: grpc.Channel, _: bytes) -> str:
    large = bytes(range(256)) * 4096
    joined = channel.stream_unary("/test.Echo/Join")(iter([large, b"a", large]), timeout=WITHIN)
    check(joined == large + b"a" + large, f"{len(joined)} bytes")
    return "2 MiB"


def both_streams(channel: grpc.Channel, _: bytes) -> str:
    """Each answer comes before the next message is sent."""
    more = [Event() for _ in range(20)]

    def parts() -> Iterator[bytes]:
        for number, event in enumerate(more):
            check(event.wait(WITHIN), f"message {number - 1} was not answered")
            yield b"%d" % number

    answers = channel.stream_stream("/test.Echo/Both")(parts(), timeout=WITHIN)
    for number, event in enumerate(more):
        event.set()
        check(next(answers) == b"%d" % number, f"message {number}")
    check(list(answers) == [], "more answers than messages")
    return "20 in turns"


def deadline(channel: grpc.Channel, name: bytes) -> str:
    try:
        list(channel.unary_stream("/test.Echo/Wait")(b"deadline " + name, timeout=1))
    except grpc.RpcError as error:
        check(error.code() is grpc.StatusCode.DEADLINE_EXCEEDED, f"{error.code()}")
    return heard(b"deadline " + name)


def cancelled(channel: grpc.Channel, name: bytes) -> str:
    answers = channel.unary_stream("/test.Echo/Wait")(b"cancel " + name, timeout=WITHIN)
    next(answers)
    answers.cancel()
    return heard(b"cancel " + name)


def heard(message: bytes) -> str:
    end = time.monotonic() + WITHIN
    while message not in CANCELLED and time.monotonic() < end:
        time.sleep(0.01)
    check(message in CANCELLED, "the server was not told")
    return "the server was told"


FAMILIES = [
    Family(
        "gRPC",
        "the four kinds of calls",
        [
            case("unary, with metadata and trailers", unary),
            case("errors, with their details", status),
            case("server stream", server_stream),
            case("client stream", client_stream),
            case("both streams", both_streams),
            case("a deadline", deadline),
            case("a cancelled call", cancelled),
        ],
    )
]
