"""The AsyncAPI 3 document of all exchanges: what the portal publishes, and what it can be asked."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from portalctl import asyncapi_pushes as pushes
from portalctl.methods import Method, methods
from shared.contracts.declare import EVENTS, Event
from shared.contracts.errors import ValidationFailed
from shared.contracts.examples import example
from shared.contracts.json_schema import REFERENCE, Schema, Schemas, description_of, or_null, required
from shared.contracts.pushes import PUSHES_EXCHANGE
from shared.contracts.values import CallerKind
from shared.messaging.broker import RPC_EXCHANGE
from shared.messaging.call import (
    COMMAND_ID,
    COMMAND_ID_CHARACTERS,
    CORRELATION_ID,
    DEADLINE,
    TOKEN,
    TRACEPARENT,
)
from shared.messaging.cloudevents import PREFIX, exchange_of
from shared.messaging.errors import KNOWN, to_envelope

_TEXT = {"type": "string"}
_ID = {"type": "string", "format": "uuid"}
_POSITION = {"type": "string", "pattern": r"^\d{1,4}:\d{1,18}$"}
_EVENT_HEADERS: dict[str, Schema] = {
    "specversion": {"const": "1.0"},
    "id": _ID,
    "source": _TEXT,
    "type": _TEXT,
    "subject": _ID | {"description": "The stream: the id of what the event is about."},
    "time": {"type": "string", "format": "date-time"},
    "position": _POSITION,
    "previousposition": _POSITION | {"description": "The position before it in the same partition."},
    "streamtype": _TEXT,
    "streamversion": {"type": "integer"},
    "schemaversion": {"type": "integer"},
    "providerid": _ID,
    "companyid": _ID,
    "correlationid": _ID,
    "causationid": _ID,
    "commandid": _TEXT,
    "traceparent": _TEXT | {"description": "Where spans are recorded: the event's, in W3C's form."},
}
_OPTIONAL_HEADERS = ("companyid", "commandid", "traceparent")
_CALLER_HEADERS: dict[str, Schema] = {TOKEN: {"type": "string", "description": "The caller's access token."}}
_QUERY_HEADERS: dict[str, Schema] = {
    DEADLINE: {"type": "number", "description": "Unix seconds; afterwards the call is not carried out."},
    CORRELATION_ID: _ID,
    TRACEPARENT: {"type": "string", "description": "The caller's span, in W3C's form."},
}
_COMMAND_ID: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": COMMAND_ID_CHARACTERS,
    "description": "The same again from the same caller gives the first answer and does nothing.",
}
_COMMAND_HEADERS: dict[str, Schema] = {COMMAND_ID: _COMMAND_ID}
_COMMAND_ARGUMENTS: dict[str, Schema] = {"command_id": or_null(_COMMAND_ID)}
_CORRELATION: Schema = {
    "description": "The property of AMQP; the answer carries the call's.",
    "location": "$message.header#/correlation_id",
}
_REFUSAL = to_envelope(ValidationFailed({"title": ["Shorter than minimum length 3."]}))
_ERROR: Schema = {
    "type": "object",
    "description": "A refusal. `code` is stable and for programs, `message` for people.",
    "properties": {
        "exc_type": {"type": "string", "enum": sorted(KNOWN)},
        "exc_path": _TEXT,
        "exc_args": {"type": "array"},
        "value": _TEXT,
        "code": {"type": "string", "enum": sorted(error.code for error in KNOWN.values())},
        "message": _TEXT,
        "details": {"type": "object"},
    },
    "required": sorted(_REFUSAL),
}
_DESCRIPTION = """\
The portal's services speak over RabbitMQ.

Each event is published once it is committed, persistently and at least once, to the topic exchange of the
service that it belongs to, with its type as routing key: CloudEvents 1.0 in AMQP binary mode.

What becomes visible in a customer's view is told to gateways at the exchange `portal_read.pushes`:
transient messages, which may be lost without harm.

RPC is nameko's: a call goes to the exchange `nameko-rpc` with `service.method` as routing key, and its answer
to the queue that the call names as `reply_to`."""


def document() -> dict[str, Any]:
    """The whole document, the same each time it is made."""
    schemas = Schemas()
    schemas.by_name["Error"] = _ERROR
    found = methods()
    channels = _event_channels() | {method.target: _method_channel(method) for method in found}
    channels[PUSHES_EXCHANGE] = pushes.channel(_routed(PUSHES_EXCHANGE))
    operations = {f"publish {name}": _publishing(event) for name, event in sorted(EVENTS.items())}
    operations |= {f"answer {method.target}": _answering(method) for method in found} | pushes.operations()
    messages = {name: _event_message(event, schemas) for name, event in sorted(EVENTS.items())}
    messages |= pushes.messages(schemas)
    for method in found:
        messages[f"{method.target}.call"] = _call_message(method, schemas)
        messages[f"{method.target}.answer"] = _answer_message(method, schemas)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "mfr customer portal", "version": "1.0.0", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": channels | {"answers": _answer_channel(found)},
        "operations": operations,
        "components": {
            "messages": messages,
            "messageTraits": _traits(),
            "schemas": dict(sorted(schemas.by_name.items())),
        },
    }


def _event_channels() -> dict[str, Any]:
    services = sorted({event.service for event in EVENTS.values()})
    return {exchange_of(service): _event_channel(service) for service in services}


def _event_channel(service: str) -> dict[str, Any]:
    types = sorted(name for name, event in EVENTS.items() if event.service == service)
    return {
        "address": "{type}",
        "description": f"What `{service}` publishes.",
        "parameters": {"type": {"description": "The event's type.", "enum": types}},
        "messages": {name: _message_reference(name) for name in types},
        "bindings": _routed(exchange_of(service)),
    }


def _publishing(event: type[Event]) -> dict[str, Any]:
    channel = exchange_of(event.service)
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{event.type}"}],
        "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True}},
    }


def _event_message(event: type[Event], schemas: Schemas) -> dict[str, Any]:
    return {
        "name": event.type,
        "title": event.__name__,
        "traits": [{"$ref": "#/components/messageTraits/event"}],
        "description": description_of(event) or f"`{event.type}` of `{event.service}`.",
        "payload": schemas.refer(event),
        "examples": [{"name": "example", "payload": example(event)}],
    }


def _method_channel(method: Method) -> dict[str, Any]:
    return {
        "address": method.target,
        "messages": {"call": _message_reference(f"{method.target}.call")},
        "bindings": _routed(RPC_EXCHANGE.name),
    }


def _answer_channel(found: Iterable[Method]) -> dict[str, Any]:
    return {
        "address": None,
        "description": "The caller's own queue: whatever its call named as `reply_to`.",
        "messages": {
            f"{method.target}.answer": _message_reference(f"{method.target}.answer") for method in found
        },
    }


def _answering(method: Method) -> dict[str, Any]:
    kinds = sorted(CallerKind(kind).value for kind in method.entrypoint.allow) or ["anyone"]
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{method.target}"},
        "messages": [{"$ref": f"#/channels/{method.target}/messages/call"}],
        "summary": method.description.splitlines()[0],
        "description": method.description,
        "x-callers": kinds,
        "reply": {
            "address": {"location": "$message.header#/reply_to"},
            "channel": {"$ref": "#/channels/answers"},
            "messages": [{"$ref": f"#/channels/answers/messages/{method.target}.answer"}],
        },
    }


def _call_message(method: Method, schemas: Schemas) -> dict[str, Any]:
    arguments = example(method.arguments)
    return {
        "name": f"{method.target}.call",
        "traits": [{"$ref": f"#/components/messageTraits/{_kind_of_call(method)}"}],
        "payload": required(
            ["args", "kwargs"],
            {
                "args": {"type": "array", "maxItems": 0},
                "kwargs": _arguments(method, schemas),
            },
        ),
        "examples": [{"name": "example", "payload": {"args": [], "kwargs": arguments}}],
    }


def _arguments(method: Method, schemas: Schemas) -> Schema:
    """A command takes its id among its arguments, too."""
    name = method.arguments.__name__
    if method.changes:
        return schemas.refer_closed(method.arguments, name=f"{name}Command", also=_COMMAND_ARGUMENTS)
    return schemas.refer_closed(method.arguments, name=name, also={})


def _kind_of_call(method: Method) -> str:
    kind = "command" if method.changes else "query"
    return kind if method.entrypoint.allow else f"{kind}-without-caller"


def _traits() -> dict[str, Any]:
    """The headers of an event, and of calls of each kind."""
    needed = [PREFIX + name for name in _EVENT_HEADERS if name not in _OPTIONAL_HEADERS]
    event = required(needed, {PREFIX + name: schema for name, schema in _EVENT_HEADERS.items()})
    command = _QUERY_HEADERS | _COMMAND_HEADERS
    headers = {
        "query": required([TOKEN], _CALLER_HEADERS | _QUERY_HEADERS),
        "command": required([TOKEN], _CALLER_HEADERS | command),
        "query-without-caller": required([], _QUERY_HEADERS),
        "command-without-caller": required([], command),
    }
    calls = {kind: {"headers": schema, "correlationId": _CORRELATION} for kind, schema in headers.items()}
    return {"event": {"headers": event}} | calls


def _answer_message(method: Method, schemas: Schemas) -> dict[str, Any]:
    result, shown = schemas.of(method.result), _shown(method.result)
    if method.changes:
        position = required(["position"], {"position": _POSITION})
        result = {"allOf": [position, result]} if result else position
        shown = {"position": "3:1042"} | shown
    return {
        "name": f"{method.target}.answer",
        "correlationId": _CORRELATION,
        "payload": required(
            ["result", "error"],
            {"result": or_null(result), "error": or_null({"$ref": f"{REFERENCE}Error"})},
        ),
        "examples": [
            {"name": "answered", "payload": {"result": shown, "error": None}},
            {"name": "refused", "payload": {"result": None, "error": _REFUSAL}},
        ],
    }


def _shown(result: Any) -> dict[str, Any]:
    """An example of what a method returns."""
    return example(result) if dataclasses.is_dataclass(result) and isinstance(result, type) else {}


def _message_reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{name}"}


def _routed(exchange: str) -> dict[str, Any]:
    settings = {"name": exchange, "type": "topic", "durable": True, "autoDelete": False}
    return {"amqp": {"is": "routingKey", "exchange": settings}}
