"""The chapter on events: a channel for each service that publishes, a message for each type."""

from typing import Any

from portalctl.asyncapi.parts import ID, POSITION, TEXT, reference, routed
from shared.contracts.declare import EVENTS, Event
from shared.contracts.examples import example
from shared.contracts.json_schema import Schema, Schemas, description_of, required
from shared.messaging.cloudevents import PREFIX, PUBLISHING, exchange_of

_HEADERS: dict[str, Schema] = {
    "specversion": {"const": "1.0"},
    "id": ID,
    "source": TEXT,
    "type": TEXT,
    "subject": ID | {"description": "The stream: the id of what the event is about."},
    "time": {"type": "string", "format": "date-time"},
    "position": POSITION,
    "previousposition": POSITION | {"description": "The position before it in the same partition."},
    "streamtype": TEXT,
    "streamversion": {"type": "integer"},
    "schemaversion": {"type": "integer"},
    "providerid": ID,
    "companyid": ID,
    "correlationid": ID,
    "causationid": ID,
    "commandid": TEXT,
    "traceparent": TEXT | {"description": "Where spans are recorded: the event's, in W3C's form."},
}
_OPTIONAL = ("companyid", "commandid", "traceparent")


def channels() -> dict[str, Any]:
    return {exchange_of(service): _channel(service) for service in sorted(PUBLISHING)}


def operations() -> dict[str, Any]:
    return {f"publish {name}": _publishing(event) for name, event in sorted(EVENTS.items())}


def messages(schemas: Schemas) -> dict[str, Any]:
    return {name: _message(event, schemas) for name, event in sorted(EVENTS.items())}


def traits() -> dict[str, Any]:
    """The headers of an event."""
    needed = [PREFIX + name for name in _HEADERS if name not in _OPTIONAL]
    headers = required(needed, {PREFIX + name: schema for name, schema in _HEADERS.items()})
    return {"event": {"headers": headers}}


def _channel(service: str) -> dict[str, Any]:
    types = sorted(name for name, event in EVENTS.items() if event.service == service)
    return {
        "address": "{type}",
        "description": f"What `{service}` publishes.",
        "parameters": {"type": {"description": "The event's type.", "enum": types}},
        "messages": {name: reference(name) for name in types},
        "bindings": routed(exchange_of(service)),
    }


def _publishing(event: type[Event]) -> dict[str, Any]:
    channel = exchange_of(event.service)
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{event.type}"}],
        "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True}},
    }


def _message(event: type[Event], schemas: Schemas) -> dict[str, Any]:
    return {
        "name": event.type,
        "title": event.__name__,
        "traits": [{"$ref": "#/components/messageTraits/event"}],
        "description": description_of(event) or f"`{event.type}` of `{event.service}`.",
        "payload": schemas.refer(event),
        "examples": [{"name": "example", "payload": example(event)}],
    }
