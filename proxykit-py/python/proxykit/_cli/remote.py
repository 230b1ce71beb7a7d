"""The management API of a proxy that runs somewhere else."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import quote, urlsplit

from .. import InvalidAddressError

# A proxy that does not answer such a call in this time does not answer at all.
_TIMEOUT = 10.0


class RemoteError(OSError):
    """A call was refused."""


class Remote:
    """A proxy, by the address of its management API: ``HOST:PORT``, a URL, or ``unix:PATH``."""

    def __init__(self, address: str, token: str | None) -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def status(self) -> dict[str, Any]:
        """Give all that is known of all routes."""
        return self._call("GET", "/endpoints/status")

    def add(self, prefix: str, targets: list[str]) -> int:
        """Add backends, and say how many are new."""
        body = self._call("POST", "/endpoints/add", {"prefixPath": prefix, "targets": targets})
        return int(body["addedCount"])

    def remove(self, prefix: str, targets: list[str]) -> int:
        """Remove backends, and say how many there were."""
        body = self._call("POST", "/endpoints/remove", {"prefixPath": prefix, "targets": targets})
        return int(body["removedCount"])

    def _call(self, method: str, target: str, body: object = None) -> dict[str, Any]:
        connection = self._connection()
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, target, text, self._headers)
            response = connection.getresponse()
            status, content = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise RemoteError(f"no proxy answers at {self._address}: {error}") from error
        finally:
            connection.close()
        try:
            answer: dict[str, Any] = json.loads(content)
        except ValueError:
            answer = {}
        if status != 200:
            problem = answer.get("error", {}).get("message", f"it answers {status}")
            raise RemoteError(f"{self._address}: {problem}")
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        if self._address.startswith("unix:"):
            return _UnixConnection(self._address[len("unix:") :])
        url = urlsplit(self._address if "://" in self._address else f"http://{self._address}")
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        try:
            kind: type[http.client.HTTPConnection] = kinds[url.scheme]
            return kind(quote(url.hostname or "", safe=":"), url.port, timeout=_TIMEOUT)
        except (KeyError, ValueError) as error:
            form = "HOST:PORT, http://HOST:PORT or unix:PATH"
            raise InvalidAddressError(f"invalid address {self._address!r}: it must be {form}") from error


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_TIMEOUT)
        self._path = path

    def connect(self) -> None:
        """Connect over the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_TIMEOUT)
        self.sock.connect(self._path)
