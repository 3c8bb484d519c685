"""One RPC call as it came over the wire."""

import math
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson
from kombu.message import Message

from shared.contracts.errors import DeadlineExceeded, ValidationFailed
from shared.messaging.errors import MalformedRequest

LARGEST_MESSAGE = 1024 * 1024
PREFIX = "nameko."
TOKEN, DEADLINE, COMMAND_ID, CORRELATION_ID = (
    PREFIX + name for name in ("auth_token", "deadline", "command_id", "correlation_id")
)


@dataclass
class Call:
    """`deadline` is in Unix seconds. `redelivered` means that another worker may have run it already."""

    method: str
    positional: list[Any]
    named: dict[str, Any]
    token: Any
    deadline: float
    correlation_id: UUID
    command_id: str | None
    redelivered: bool
    id: UUID = field(default_factory=uuid4)

    def check_deadline(self) -> None:
        """Raises DeadlineExceeded when the caller has given up, so that nothing is done behind its back."""
        if self.remaining() <= 0:
            raise DeadlineExceeded()

    def remaining(self) -> float:
        """Seconds until the caller gives up."""
        return self.deadline - time.time()


def parse(message: Message, *, timeout: float) -> Call:
    """Read a call from a message; `timeout` seconds are granted where it names no deadline.

    Raises MalformedRequest, ValidationFailed.
    """
    args, kwargs = _body(message)
    headers = message.headers or {}
    return Call(
        method=str(message.delivery_info["routing_key"]).rpartition(".")[2],
        positional=args,
        named=kwargs,
        token=headers.get(TOKEN),
        deadline=_deadline(headers.get(DEADLINE), timeout),
        correlation_id=_uuid(headers.get(CORRELATION_ID)),
        command_id=_command_id(headers, kwargs),
        redelivered=bool(message.delivery_info.get("redelivered")),
    )


def _body(message: Message) -> tuple[list[Any], dict[str, Any]]:
    raw = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
    if len(raw) > LARGEST_MESSAGE:
        raise MalformedRequest(f"The message has {len(raw)} bytes; {LARGEST_MESSAGE} are allowed.")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise MalformedRequest("The message is no JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise MalformedRequest("The message must be an object with `args` and `kwargs`.")
    args, kwargs = body.get("args"), body.get("kwargs")
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise MalformedRequest("The message must hold `args`, a list, and `kwargs`, an object.")
    return args, kwargs


def _deadline(header: Any, timeout: float) -> float:
    latest = time.time() + timeout
    if isinstance(header, bool) or not isinstance(header, int | float) or not math.isfinite(header):
        return latest
    return float(header)


def _command_id(headers: dict[str, Any], kwargs: dict[str, Any]) -> str | None:
    """The caller's own id for the command, or the one that its client made for this call."""
    for given in (kwargs.get("command_id"), headers.get(COMMAND_ID)):
        if given is not None:
            if not isinstance(given, str) or not 1 <= len(given) <= 100 or not given.isprintable():
                raise ValidationFailed({"command_id": ["Must be a text of 1 to 100 characters."]})
            return given
    return None


def _uuid(header: Any) -> UUID:
    try:
        return UUID(header)
    except (TypeError, ValueError, AttributeError):
        return uuid4()
