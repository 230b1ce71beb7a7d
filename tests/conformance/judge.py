"""The oracle for ambiguous requests: refused, or passed on as the one message that all readers take alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from conformance.model import Case, check, show
from conformance.raw import Raw
from conformance.stage import Stage
from conformance.strict import Message

#: What is sent behind each message: it must be taken for what it is, or not at all.
NEXT = b"GET /next HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"


class Fate(Enum):
    """What may become of a request."""

    REFUSED = "an error, or the end of the connection, and nothing for the backend"
    SAFE = "refused, or passed on as one message"
    PASSED = "passed on"


@dataclass(frozen=True)
class Request:
    """A request in bytes, and what may become of it."""

    name: str
    rule: str
    data: bytes
    fate: Fate
    #: The body, if the request is passed on.
    body: bytes | None = None
    #: What more must hold for what the backend got.
    holds: Callable[[Message], bool] | None = None
    target: bytes = b"/first"

    def case(self) -> Case:
        return Case(self.name, self.rule, self.judge)

    def judge(self, stage: Stage) -> str:
        client = stage.talk(self.data + NEXT)
        stage.settle()
        return judge(self, client, stage.passed_on(), stage.begun())


def refusal(client: Raw) -> str | None:
    """How the client was told, or not told, that its request was refused."""
    heard = bytes(client.received)
    if not heard:
        return "closed" if client.closed else "no answer"
    if not heard.startswith(b"HTTP/"):
        return "an answer without a head"
    status = client.finals()[0].status if client.finals() else 0
    if 400 <= status < 500 or status in (501, 505):
        return str(status)
    return None


def judge(request: Request, client: Raw, passed: list[Message], begun: bytes) -> str:
    targets = [message.target for message in passed]
    heard = show(bytes(client.received), 80)
    refused = refusal(client)
    has_body = b"\r\n\r\n" in request.data and not request.data.endswith(b"\r\n\r\n")
    if refused and (not targets or (targets == [b"/next"] and not has_body)):
        check(request.fate is not Fate.PASSED, f"refused: {refused}")
        return refused + (", broken off at the backend" if begun else "")
    check(request.fate is not Fate.REFUSED, f"passed on: {targets!r}; the client got {heard!r}")
    check(targets, f"the client got {heard!r}, and the backend nothing whole")
    wanted = [request.target] if len(targets) == 1 else [request.target, b"/next"]
    check(targets == wanted, f"the backend got {targets!r}")
    answers = [answer for answer in client.finals() if answer.status == 200]
    check(
        len(answers) == len(targets), f"{len(targets)} requests passed on, {len(answers)} answers: {heard!r}"
    )
    first = passed[0]
    if request.body is not None:
        check(first.body == request.body, f"the backend got the body {show(first.body)!r}")
    check(not request.holds or request.holds(first), f"the backend got {first.start!r} {first.fields!r}")
    check(request.fate is Fate.SAFE or len(targets) == 2, "the request behind it was not passed on")
    return "passed on" + ("" if len(targets) == 2 else ", closed")
