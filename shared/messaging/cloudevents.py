"""An event's form on the wire: CloudEvents 1.0, AMQP binary mode, with the payload as plain JSON body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self, TypeVar
from uuid import UUID

import orjson

from shared.contracts import every_event  # noqa: F401 - here those of all services can come by
from shared.contracts.codec import from_plain
from shared.contracts.declare import EVENTS, Event, current
from shared.contracts.position import Position
from shared.eventlog.recorded import Recorded, UnknownEvent
from shared.tracing import spans

PUBLISHING = ("invitation", "customers", "requests", "orders", "documents", "notifications")
"""The services that have events."""
CONTENT_TYPE = "application/json"
CONTENT_ENCODING = "utf-8"
PERSISTENT = 2
PREFIX = "cloudEvents:"
CORRELATION = f"{PREFIX}correlationid"
_SPECVERSION = "1.0"
_MISSING = object()
_T = TypeVar("_T")


class Malformed(Exception):
    """A message is not an event of ours; the reason names what is wrong, never what the payload holds."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to publish, and the place in the log that it comes from."""

    exchange: str
    routing_key: str
    body: bytes
    headers: dict[str, Any]
    message_id: str
    timestamp: int
    type: str
    at: Position

    @property
    def properties(self) -> dict[str, Any]:
        """AMQP's, by the names that kombu and pika have for them."""
        return {
            "content_type": CONTENT_TYPE,
            "content_encoding": CONTENT_ENCODING,
            "headers": self.headers,
            "delivery_mode": PERSISTENT,
            "message_id": self.message_id,
            "timestamp": self.timestamp,
            "type": self.type,
        }


@dataclass(frozen=True)
class Received:
    """An event as a message tells it or, `of` the log, as it is."""

    event_id: UUID
    type: str
    schema_version: int
    position: Position
    provider_id: UUID
    company_id: UUID | None
    correlation_id: UUID
    causation_id: UUID
    recorded_at: datetime
    payload: dict[str, Any]

    @classmethod
    def of(cls, recorded: Recorded) -> Self:
        """What the log itself says of an event."""
        return cls(
            event_id=recorded.event_id,
            type=recorded.type,
            schema_version=recorded.schema_version,
            position=recorded.at,
            provider_id=recorded.provider_id,
            company_id=recorded.company_id,
            correlation_id=recorded.correlation_id,
            causation_id=recorded.causation_id,
            recorded_at=recorded.recorded_at,
            payload=recorded.payload,
        )

    @property
    def event(self) -> Event:
        """The event itself, brought up to the version that this process knows; raises Malformed."""
        if self.type not in EVENTS:
            raise Malformed(f"the type {self.type!r} is not declared here")
        try:
            payload = current(self.type, self.schema_version, self.payload)
            return from_plain(EVENTS[self.type], payload)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # Not chained: the cause's text may quote the payload.
            raise Malformed(f"the body does not fit {self.type}: {type(error).__name__}") from None


def exchange_of(service: str) -> str:
    """The topic exchange that a service's events go to."""
    return f"{service}.events"


def outgoing(recorded: Recorded) -> OutgoingMessage:
    """The message for an event of the log, its payload in the current version or a newer one.

    Raises UnknownEvent.
    """
    declared = EVENTS.get(recorded.type)
    if declared is None:
        raise UnknownEvent(f"{recorded.type} at {recorded.at} is not declared here")
    try:
        payload = current(recorded.type, recorded.schema_version, recorded.payload)
    except LookupError as error:
        raise UnknownEvent(f"{recorded.type} at {recorded.at} can't be brought up to date") from error
    event_id = str(recorded.event_id)
    return OutgoingMessage(
        exchange=exchange_of(declared.service),
        routing_key=recorded.type,
        body=orjson.dumps(payload),
        headers=_headers(recorded, declared, event_id),
        message_id=event_id,
        timestamp=int(recorded.recorded_at.timestamp()),
        type=recorded.type,
        at=recorded.at,
    )


def _headers(recorded: Recorded, declared: type[Event], event_id: str) -> dict[str, Any]:
    partition, position = recorded.partition, recorded.position
    headers: dict[str, Any] = {
        "cloudEvents:specversion": _SPECVERSION,
        "cloudEvents:id": event_id,
        "cloudEvents:source": f"/mfr/portal/{declared.service}",
        "cloudEvents:type": recorded.type,
        "cloudEvents:subject": str(recorded.stream_id),
        "cloudEvents:time": recorded.recorded_at.astimezone(UTC).isoformat(),
        "cloudEvents:position": f"{partition}:{position}",
        "cloudEvents:previousposition": f"{partition}:{position - 1}",
        "cloudEvents:streamtype": recorded.stream_type,
        "cloudEvents:streamversion": recorded.version,
        "cloudEvents:schemaversion": max(recorded.schema_version, declared.schema_version),
        "cloudEvents:providerid": str(recorded.provider_id),
        CORRELATION: str(recorded.correlation_id),
        "cloudEvents:causationid": str(recorded.causation_id),
    }
    if recorded.company_id is not None:
        headers["cloudEvents:companyid"] = str(recorded.company_id)
    if recorded.command_id is not None:
        headers["cloudEvents:commandid"] = recorded.command_id
    if traceparent := spans.event_traceparent(recorded):
        headers["cloudEvents:traceparent"] = traceparent
    return headers


def received(headers: Mapping[str, Any] | None, body: bytes | str) -> Received:
    """Read a message's headers and body; raises Malformed."""
    attributes = {
        name.removeprefix(PREFIX): value for name, value in (headers or {}).items() if name.startswith(PREFIX)
    }
    if attributes.get("specversion") != _SPECVERSION:
        raise Malformed(f"the header {PREFIX}specversion is not {_SPECVERSION}")
    return Received(
        event_id=_attribute(attributes, "id", UUID),
        type=_attribute(attributes, "type", str),
        schema_version=_attribute(attributes, "schemaversion", int),
        position=_attribute(attributes, "position", Position.parse),
        provider_id=_attribute(attributes, "providerid", UUID),
        company_id=_attribute(attributes, "companyid", UUID) if "companyid" in attributes else None,
        correlation_id=_attribute(attributes, "correlationid", UUID),
        causation_id=_attribute(attributes, "causationid", UUID),
        recorded_at=_attribute(attributes, "time", _time),
        payload=_payload(body),
    )


def _attribute(attributes: Mapping[str, Any], name: str, read: Callable[[str], _T]) -> _T:
    value = attributes.get(name, _MISSING)
    if value is _MISSING or value == "":
        raise Malformed(f"the header {PREFIX}{name} is missing")
    try:
        return read(str(value))
    except ValueError:
        raise Malformed(f"the header {PREFIX}{name} can't be read") from None


def _time(value: str) -> datetime:
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("a time without offset")
    return time


def _payload(body: bytes | str) -> dict[str, Any]:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed("the body is not JSON") from None
    if not isinstance(payload, dict):
        raise Malformed("the body is not a JSON object")
    return payload
