"""A sample backend: it answers with its name and what it saw of the request."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class SampleBackend(ThreadingHTTPServer):
    """An HTTP server on a free port, on threads of its own, while the block of `with` lasts."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name = name
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> SampleBackend:
        Thread(target=self.serve_forever, args=(0.05,), name=self.name, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SampleBackend  # pyright: ignore[reportIncompatibleVariableOverride] (the only one)

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        lines = [f"{self.server.name} backend saw {self.command} {self.path}"]
        lines += [f"  {name}: {value}" for name, value in self.headers.items()]
        body = "".join(f"{line}\n" for line in lines).encode()
        self.send_response(200)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal for what the demo says."""
