"""A server of gRPC, in grpcio: it echoes in each of the four ways of calling."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import grpc

from support import DEADLINE


class Service(grpc.GenericRpcHandler):
    def __init__(self) -> None:
        self.cancelled = Event()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return {
            "/test.Echo/Unary": grpc.unary_unary_rpc_method_handler(self.unary),
            "/test.Echo/Many": grpc.unary_stream_rpc_method_handler(
                lambda message, _: (message for _ in range(100))
            ),
            "/test.Echo/Join": grpc.stream_unary_rpc_method_handler(lambda parts, _: b"".join(parts)),
            "/test.Echo/Both": grpc.stream_stream_rpc_method_handler(lambda parts, _: parts),
            "/test.Echo/Wait": grpc.unary_stream_rpc_method_handler(self.wait),
        }.get(details.method)

    def unary(self, message: bytes, context: grpc.ServicerContext) -> bytes:
        asked = dict(context.invocation_metadata()).get("ask")
        context.set_trailing_metadata(
            (("sum", str(len(message))), ("seen", str(asked)), ("raw-bin", b"\0\xff"))
        )
        if message == b"fail":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "as asked: 100% ü")
        return message[::-1]

    def wait(self, message: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        cancelled = Event()
        context.add_callback(cancelled.set)
        yield message
        cancelled.wait(DEADLINE)
        # Said of the call that asked, by its message: the proxies are tried at the same time.
        CANCELLED.add(message)


#: The messages of the calls that were cancelled.
CANCELLED: set[bytes] = set()


@contextmanager
def grpc_backend() -> Iterator[int]:
    """The port of a running one."""
    with ThreadPoolExecutor(64) as threads:
        server = grpc.server(threads, handlers=[Service()])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield port
        server.stop(None).wait(DEADLINE)
