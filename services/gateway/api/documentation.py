"""What the specification says of an operation, from the classes that the contract declares."""

import dataclasses
from typing import Any

from services.gateway.api.answers import POSITION_HEADER
from services.gateway.api.operation import Operation
from services.gateway.api.problems import IDEMPOTENCY_KEY, MEDIA_TYPE, TITLES
from shared.contracts.documents import MEDIA_TYPES
from shared.contracts.examples import example
from shared.contracts.json_schema import REFERENCE, Schema, Schemas, not_null, required
from shared.contracts.position import PATTERN
from shared.messaging.call import COMMAND_ID_CHARACTERS

POSITION: Schema = {
    "type": "string",
    "pattern": PATTERN,
    "description": "A place in the log, opaque.",
    "examples": ["3:1042"],
}
DONE: Schema = required(["position"], {"position": {"$ref": f"{REFERENCE}Position"}}) | {
    "description": "What a command answers at the least."
}
_MESSAGES: Schema = {"type": "object", "description": "Field → messages.", "additionalProperties": {}}
PROBLEM: Schema = required(
    ["type", "title", "status", "detail", "code"],
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do, for people."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "errors": _MESSAGES,
        "details": {"type": "object"},
    },
)
SCHEMAS = Schemas()
SCHEMAS.by_name |= {"Position": POSITION, "Done": DONE, "Problem": PROBLEM}
SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token that POST /api/v1/session gives; good for ten minutes.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "portal",
        "description": "The session of a browser that signed in at /sign-in; `__Host-portal` over TLS.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": "Beside the session, for whatever changes something: GET /api/v1/session gives it.",
    },
}
FILE_CONTENT: dict[str, Any] = {media_type: {} for media_type in MEDIA_TYPES}
UPLOAD: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": required(["file"], {"file": {"type": "string", "format": "binary"}}),
            "encoding": {"file": {"contentType": ", ".join(MEDIA_TYPES)}},
        }
    },
}
_AT_LEAST: dict[str, Any] = {
    "in": "query",
    "name": "at_least",
    "schema": {"$ref": f"{REFERENCE}Position"},
    "description": "The position that the answer must reflect, as a command gave it.",
}
_IDEMPOTENCY: dict[str, Any] = {
    "in": "header",
    "name": IDEMPOTENCY_KEY,
    "schema": {"type": "string", "minLength": 1, "maxLength": COMMAND_ID_CHARACTERS, "pattern": "^[!-~]+$"},
    "description": "The same again from the same caller gives the first answer and does nothing.",
}


def describe(operation: Operation) -> dict[str, Any]:
    """The operation as OpenAPI 3.1 has it; its path's parameters are added from the route."""
    doc = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": {str(operation.status): _success(operation)} | _refusals(operation),
        "security": _security(operation),
    }
    if (body := _body(operation)) is not None:
        doc["requestBody"] = body
    return doc


def problem_responses() -> dict[str, dict[str, Any]]:
    """The refusals, by status."""
    return {str(status): _problem_response(status, title) for status, title in TITLES.items()}


def _problem_response(status: int, title: str) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": title,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{REFERENCE}Problem"}}},
    }
    if status in (429, 503):
        seconds = {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "description": "Seconds to wait."}
        response["headers"] = {"Retry-After": seconds}
    return response


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    schemas = SCHEMAS.properties(operation.arguments)
    needed = {field.name for field in dataclasses.fields(operation.arguments) if _is_required(field)}
    parameters = [
        {"in": "query", "name": name, "required": name in needed, "schema": not_null(schemas[name])}
        for name in operation.in_query
        if name != "at_least"
    ]
    if operation.is_query and not operation.open:
        parameters.append(_AT_LEAST)
    if operation.repeatable:
        parameters.append(_IDEMPOTENCY)
    return parameters


def _body(operation: Operation) -> dict[str, Any] | None:
    if operation.body is not None:
        return dict(operation.body)
    if operation.is_query or not (operation.in_body or operation.open):
        return None
    left_out = SCHEMAS.properties(operation.arguments).keys() - set(operation.in_body)
    name = operation.body_name or operation.arguments.__name__
    schema = SCHEMAS.refer_closed(operation.arguments, name=name, also={}, without=left_out)
    shown = {key: value for key, value in example(operation.arguments).items() if key in operation.in_body}
    return {"required": True, "content": {"application/json": {"schema": schema, "example": shown}}}


def _success(operation: Operation) -> dict[str, Any]:
    response: dict[str, Any] = {"description": operation.success}
    if operation.content is not None:
        response["content"] = operation.content
    elif operation.status != 204:
        response["content"] = {"application/json": {"schema": _answer(operation)} | _shown(operation)}
    if operation.changes:
        response["headers"] = {POSITION_HEADER: {"schema": {"$ref": f"{REFERENCE}Position"}}}
    return response


def _answer(operation: Operation) -> Schema:
    done = {"$ref": f"{REFERENCE}Done"}
    if operation.answer is None:
        return done
    answer = SCHEMAS.refer(operation.answer)
    return {"allOf": [answer, done]} if operation.changes else answer


def _shown(operation: Operation) -> dict[str, Any]:
    position = {"position": "3:1042"} if operation.changes else {}
    return {"example": position | (example(operation.answer) if operation.answer else {})}


def _refusals(operation: Operation) -> dict[str, Any]:
    statuses = {404, 422, 500, 503}
    if not operation.open:
        # A browser's session may have to be renewed first, which is refused while the portal is off.
        statuses |= {401, 403, 409}
    if operation.verb != "GET":
        statuses |= {400, 408, 409, 413, 415, 429}
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses | operation.also}


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.open:
        return []
    session = ["session"] if operation.is_query else ["session", "csrf"]
    return [{"bearer": []}, {scheme: [] for scheme in session}]


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
