"""The cases that another proxy passes and Proxy Kit does not, each with the reason. All others must pass."""

from __future__ import annotations

KNOWN = {
    ("Downgrade: bodies", "a pseudo field in trailers"): (
        "the HTTP/2 engine drops the pseudo field and passes the request on without it"
    ),
    (
        "1xx and trailers",
        "103 (HTTP/2)",
    ): "the HTTP/2 engine has no way to send an interim answer; the final one comes",
    ("HTTP/2: frames", "a head in twenty frames"): (
        "a head may have six frames, and what has more is taken for a flood; clients fill theirs"
    ),
    ("h2spec", "http2/3.5/2: Sends invalid connection preface"): (
        "the port speaks HTTP/1.1 too: what is not the preface is answered there, with 400 and a close"
    ),
}
