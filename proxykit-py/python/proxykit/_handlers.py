"""Requests that the program answers itself, and its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Union, cast

# In HTTP a header is bytes. As in `http.client` and WSGI each of them is a letter, so that none is lost.
_HEADERS = "latin-1"


@dataclass(frozen=True)
class Request:
    """A request for a handler, with its whole body: what a backend would get.

    Attributes
    ----------
    method : str
        Such as ``"GET"``, as it was sent.
    target : str
        The path and the query as they were sent; the route's prefix stays on.
    headers : tuple of pairs of str
        Names, in lower case, and values; those of one name in the order in which they were sent. Bytes beyond
        ASCII are read as Latin-1, as `http.client` reads them.
    client_address : str or None
        The client's IP address: the peer's, or what trusted proxies say of it. None over a unix socket.
    body : bytes
        The body.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    client_address: str | None = None
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query; nothing in it is decoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What comes behind the first ``?`` of the target, for ``urllib.parse.parse_qs``; often empty."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """Give the first header with this name, in whatever case, or None.

        Parameters
        ----------
        name : str
            The name.

        Examples
        --------
        >>> Request("GET", "/", (("accept", "text/html"),)).header("Accept")
        'text/html'
        """
        wanted = name.lower()
        return next((value for name, value in self.headers if name == wanted), None)


@dataclass(frozen=True)
class Response:
    """An answer of a handler.

    What is wrong with one is raised where it was returned to, and the client gets 500.

    Parameters
    ----------
    status : int, default 200
        From 200 to 599.
    headers : mapping, or iterable of pairs, of str
        Names and values; in pairs a name may come several times. Letters are Latin-1. The proxy sets the
        length, and leaves out what is about the connection.
    body : bytes or str, optional
        A text is sent as UTF-8. A type of content is set by nobody but `headers`.
    """

    status: int = 200
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = ()
    body: bytes | str = b""


Answer = Union[Response, str, bytes, None]
"""What a handler returns. A text is sent as UTF-8 with the type ``text/plain``, bytes with
``application/octet-stream``, both with the status 200. None is 204, without a body."""

Handler = Callable[[Request], Answer]
"""A function that answers requests."""

_Row = tuple[int, list[tuple[bytes, bytes]], bytes]


def check(handler: Handler) -> Handler:
    """Refuse what could not answer, before a client meets it."""
    if not callable(handler):
        raise TypeError(f"a handler must be callable, not {type(handler).__name__}")
    # An object may be called by way of its class.
    for function in (handler, type(handler).__call__):
        if iscoroutinefunction(function) or isasyncgenfunction(function):
            raise TypeError("a handler must be a plain function: coroutine functions are not supported yet")
    return handler


def _call(
    handler: Handler,
    method: str,
    target: str,
    headers: Iterable[tuple[str, bytes]],
    client_address: str | None,
    body: bytes,
) -> _Row:
    """Have a handler answer. The native part calls this."""
    pairs = tuple((name, value.decode(_HEADERS)) for name, value in headers)
    return _row(handler(Request(method, target, pairs, client_address, body)))


def _row(answer: Answer) -> _Row:
    if answer is None:
        answer = Response(204)
    elif isinstance(answer, str):
        answer = Response(headers=[("content-type", "text/plain; charset=utf-8")], body=answer)
    elif isinstance(answer, bytes):
        answer = Response(headers=[("content-type", "application/octet-stream")], body=answer)
    elif not isinstance(answer, Response):
        raise TypeError(f"a handler must return a Response, str, bytes or None, not {type(answer).__name__}")
    headers, body = answer.headers, answer.body
    # A mapping is an iterable as well, of its names alone.
    pairs = cast("Mapping[str, str]", headers).items() if isinstance(headers, Mapping) else headers
    encoded = [(name.encode(_HEADERS), value.encode(_HEADERS)) for name, value in pairs]
    return answer.status, encoded, body.encode() if isinstance(body, str) else body
