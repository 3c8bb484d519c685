"""The chapter on RPC: a channel for each method, one for all answers, a message for each call and answer."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from portalctl.asyncapi.parts import ID, POSITION, TEXT, reference, routed
from portalctl.methods import Method
from shared.contracts.errors import ValidationFailed
from shared.contracts.examples import example
from shared.contracts.json_schema import REFERENCE, Schema, Schemas, or_null, required
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
from shared.messaging.errors import KNOWN, to_envelope

_CALLER_HEADERS: dict[str, Schema] = {TOKEN: {"type": "string", "description": "The caller's access token."}}
_QUERY_HEADERS: dict[str, Schema] = {
    DEADLINE: {"type": "number", "description": "Unix seconds; afterwards the call is not carried out."},
    CORRELATION_ID: ID,
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
        "exc_path": TEXT,
        "exc_args": {"type": "array"},
        "value": TEXT,
        "code": {"type": "string", "enum": sorted(error.code for error in KNOWN.values())},
        "message": TEXT,
        "details": {"type": "object"},
    },
    "required": sorted(_REFUSAL),
}


def channels(found: Iterable[Method]) -> dict[str, Any]:
    return {method.target: _channel(method) for method in found}


def answers(found: Iterable[Method]) -> dict[str, Any]:
    """The channel that all answers take."""
    names = [f"{method.target}.answer" for method in found]
    channel = {
        "address": None,
        "description": "The caller's own queue: whatever its call named as `reply_to`.",
        "messages": {name: reference(name) for name in names},
    }
    return {"answers": channel}


def operations(found: Iterable[Method]) -> dict[str, Any]:
    return {f"answer {method.target}": _answering(method) for method in found}


def messages(found: Iterable[Method], schemas: Schemas) -> dict[str, Any]:
    schemas.by_name["Error"] = _ERROR
    made: dict[str, Any] = {}
    for method in found:
        made[f"{method.target}.call"] = _call(method, schemas)
        made[f"{method.target}.answer"] = _answer(method, schemas)
    return made


def traits() -> dict[str, Any]:
    """The headers of calls of each kind."""
    command = _QUERY_HEADERS | _COMMAND_HEADERS
    headers = {
        "query": required([TOKEN], _CALLER_HEADERS | _QUERY_HEADERS),
        "command": required([TOKEN], _CALLER_HEADERS | command),
        "query-without-caller": required([], _QUERY_HEADERS),
        "command-without-caller": required([], command),
    }
    return {kind: {"headers": schema, "correlationId": _CORRELATION} for kind, schema in headers.items()}


def _channel(method: Method) -> dict[str, Any]:
    return {
        "address": method.target,
        "messages": {"call": reference(f"{method.target}.call")},
        "bindings": routed(RPC_EXCHANGE.name),
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


def _call(method: Method, schemas: Schemas) -> dict[str, Any]:
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


def _answer(method: Method, schemas: Schemas) -> dict[str, Any]:
    result, shown = schemas.of(method.result), _shown(method.result)
    if method.changes:
        position = required(["position"], {"position": POSITION})
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
