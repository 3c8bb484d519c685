"""One RPC call as it came over the wire."""

import math
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson
from kombu.message import Message

from shared.contracts.errors import DeadlineExceeded, MalformedRequest, ValidationFailed
from shared.tracing import spans

LARGEST_MESSAGE = 1024 * 1024
PREFIX = "nameko."
TOKEN, DEADLINE, COMMAND_ID, CORRELATION_ID, TRACEPARENT = (
    PREFIX + name for name in ("auth_token", "deadline", "command_id", "correlation_id", "traceparent")
)
COMMAND_ID_CHARACTERS = 100


@dataclass
class Call:
    """`deadline` is in Unix seconds. `redelivered` means that another worker may have run it already.

    `parent` is the id of the caller's span, if the caller is in the trace of the correlation id.
    """

    method: str
    positional: list[Any]
    named: dict[str, Any]
    token: Any
    deadline: float
    correlation_id: UUID
    command_id: str | None
    redelivered: bool
    parent: int | None = None
    id: UUID = field(default_factory=uuid4)

    def check_deadline(self) -> None:
        """Raises DeadlineExceeded when the caller has given up, so that nothing is done behind its back."""
        if self.remaining() <= 0:
            raise DeadlineExceeded()

    def remaining(self) -> float:
        """Seconds until the caller gives up."""
        return self.deadline - time.time()


def parse(message: Message, *, timeout: float, longest: float) -> Call:
    """Read a call; it gets `timeout` seconds if it names no deadline, and never more than `longest`.

    Raises MalformedRequest, ValidationFailed.
    """
    args, kwargs = _body(message)
    headers = message.headers or {}
    correlation_id, parent = _traced(headers.get(CORRELATION_ID), headers.get(TRACEPARENT))
    return Call(
        method=str(message.delivery_info["routing_key"]).rpartition(".")[2],
        positional=args,
        named=kwargs,
        token=headers.get(TOKEN),
        deadline=_deadline(headers.get(DEADLINE), timeout, longest),
        correlation_id=correlation_id,
        command_id=_command_id(headers, kwargs),
        redelivered=bool(message.delivery_info.get("redelivered")),
        parent=parent,
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


def _deadline(header: Any, timeout: float, longest: float) -> float:
    now = time.time()
    if isinstance(header, bool) or not isinstance(header, int | float) or not math.isfinite(header):
        return now + timeout
    return min(float(header), now + longest)


def _command_id(headers: dict[str, Any], kwargs: dict[str, Any]) -> str | None:
    """The caller's own id for the command, or the one that its client made for this call."""
    for given in (kwargs.get("command_id"), headers.get(COMMAND_ID)):
        if given is not None:
            if not _is_command_id(given):
                raise ValidationFailed(
                    {"command_id": [f"Must be a text of 1 to {COMMAND_ID_CHARACTERS} printable characters."]}
                )
            return str(given)
    return None


def _is_command_id(given: Any) -> bool:
    return isinstance(given, str) and 1 <= len(given) <= COMMAND_ID_CHARACTERS and given.isprintable()


def _traced(correlation: Any, traceparent: Any) -> tuple[UUID, int | None]:
    """The correlation id, which is the caller's trace where it names no other, and the caller's span."""
    trace_id, span_id = spans.parse(traceparent) or (None, None)
    correlation_id = _uuid(correlation) or trace_id or uuid4()
    return correlation_id, span_id if trace_id == correlation_id else None


def _uuid(header: Any) -> UUID | None:
    try:
        return UUID(header)
    except (TypeError, ValueError, AttributeError):
        return None
