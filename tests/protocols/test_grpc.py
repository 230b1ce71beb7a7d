"""gRPC through both sides, with its own client and server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import grpc
import pytest

from certificates import make_pair
from proxykit import Manager
from support import DEADLINE, wait_until


class Service(grpc.GenericRpcHandler):
    """Echoes bytes in each of the four ways of calling."""

    def __init__(self) -> None:
        self.cancelled = Event()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return {
            "/test.Echo/Unary": grpc.unary_unary_rpc_method_handler(self.unary),
            "/test.Echo/Many": grpc.unary_stream_rpc_method_handler(self.many),
            "/test.Echo/Join": grpc.stream_unary_rpc_method_handler(lambda parts, _: b"".join(parts)),
            "/test.Echo/Both": grpc.stream_stream_rpc_method_handler(lambda parts, _: parts),
            "/test.Echo/Wait": grpc.unary_stream_rpc_method_handler(self.wait),
        }.get(details.method)

    def unary(self, message: bytes, context: grpc.ServicerContext) -> bytes:
        metadata = dict(context.invocation_metadata())
        context.set_trailing_metadata((("sum", str(len(message))), ("seen", str(metadata.get("ask")))))
        if message == b"fail":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "as asked: 100% ü")
        return message[::-1]

    def many(self, message: bytes, _: grpc.ServicerContext) -> Iterator[bytes]:
        return (message for _ in range(100))

    def wait(self, message: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        context.add_callback(self.cancelled.set)
        yield message
        self.cancelled.wait(DEADLINE)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def channel(proxy: Manager, service: Service) -> Iterator[grpc.Channel]:
    with ThreadPoolExecutor(8) as threads:
        server = grpc.server(threads, handlers=[service])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        proxy.add_route("/", [f"h2c://127.0.0.1:{port}"], health_check=None)
        with grpc.insecure_channel(proxy.address) as channel:
            yield channel
        server.stop(None).wait(DEADLINE)


@pytest.fixture
def secure_channel(service: Service, tmp_path: Path) -> Iterator[grpc.Channel]:
    """The same with TLS on both sides."""
    pair = make_pair(tmp_path, "localhost")
    chain, key = pair.chain.read_bytes(), pair.key.read_bytes()
    own = {"tls_certificates": [str(pair.chain)], "tls_keys": [str(pair.key)]}
    with ThreadPoolExecutor(8) as threads, Manager(workers=1, **own) as proxy:
        server = grpc.server(threads, handlers=[service])
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
        server.start()
        proxy.add_route("/", [f"https://localhost:{port}"], health_check=None, upstream_ca=str(pair.chain))
        proxy.start("127.0.0.1:0")
        credentials = grpc.ssl_channel_credentials(chain)
        options = [("grpc.ssl_target_name_override", "localhost")]
        with grpc.secure_channel(proxy.address, credentials, options) as channel:
            yield channel
        server.stop(None).wait(DEADLINE)


def test_all_four_ways_with_tls_on_both_sides(secure_channel: grpc.Channel) -> None:
    answer, call = secure_channel.unary_unary("/test.Echo/Unary").with_call(
        b"abc", metadata=[("ask", "x")], timeout=DEADLINE
    )
    assert answer == b"cba"
    assert dict(call.trailing_metadata()) == {"sum": "3", "seen": "x"}
    parts = [b"x" * 100_000] * 20
    many = secure_channel.unary_stream("/test.Echo/Many")(parts[0], timeout=DEADLINE)
    assert list(many) == parts[:1] * 100
    assert secure_channel.stream_unary("/test.Echo/Join")(iter(parts), timeout=DEADLINE) == b"".join(parts)
    assert list(secure_channel.stream_stream("/test.Echo/Both")(iter(parts), timeout=DEADLINE)) == parts


def test_unary_with_metadata_and_trailers(channel: grpc.Channel) -> None:
    answer, call = channel.unary_unary("/test.Echo/Unary").with_call(
        b"abc", metadata=[("ask", "x")], timeout=DEADLINE
    )
    assert answer == b"cba"
    assert dict(call.trailing_metadata()) == {"sum": "3", "seen": "x"}


def test_status_and_message_come_through(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/test.Echo/Unary")(b"fail", timeout=DEADLINE)
    assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert raised.value.details() == "as asked: 100% ü"
    with pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/test.Echo/None")(b"", timeout=DEADLINE)
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_streams_of_each_kind(channel: grpc.Channel) -> None:
    large = bytes(range(256)) * 4096
    assert list(channel.unary_stream("/test.Echo/Many")(b"m", timeout=DEADLINE)) == [b"m"] * 100
    assert (
        channel.stream_unary("/test.Echo/Join")(iter([large, b"a", large]), timeout=DEADLINE)
        == large + b"a" + large
    )
    parts = [bytes([number]) * number for number in range(200)]
    assert list(channel.stream_stream("/test.Echo/Both")(iter(parts), timeout=DEADLINE)) == parts


def test_an_answer_comes_while_the_request_goes_on(channel: grpc.Channel) -> None:
    more = Event()

    def parts() -> Iterator[bytes]:
        yield b"first"
        assert more.wait(DEADLINE), "the first part was not answered before the second was sent"
        yield b"second"

    answers = channel.stream_stream("/test.Echo/Both")(parts(), timeout=DEADLINE)
    assert next(answers) == b"first"
    more.set()
    assert list(answers) == [b"second"]


def test_a_deadline_and_a_cancelled_call_reach_the_server(channel: grpc.Channel, service: Service) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        list(channel.unary_stream("/test.Echo/Wait")(b"w", timeout=1))
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    wait_until(service.cancelled.is_set)
    service.cancelled.clear()
    answers = channel.unary_stream("/test.Echo/Wait")(b"w", timeout=DEADLINE)
    assert next(answers) == b"w"
    answers.cancel()
    wait_until(service.cancelled.is_set)


def test_a_dead_backend_is_an_error_that_grpc_understands(proxy: Manager) -> None:
    proxy.add_route("/", ["h2c://127.0.0.1:9"], health_check=None)
    with grpc.insecure_channel(proxy.address) as channel, pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/test.Echo/Unary")(b"", timeout=DEADLINE)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
