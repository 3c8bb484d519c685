"""What a request gives for a call: names that the contract declares; the services check the values."""

from collections.abc import Collection
from typing import Any

import orjson
from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from shared.contracts.errors import MalformedRequest, ValidationFailed
from shared.contracts.position import Position

LARGEST_BODY_BYTES = 256 * 1024
DEEPEST = 20
JSON = "application/json"
_MOST_TOLD = 20


def in_query(names: Collection[str]) -> dict[str, str]:
    """The query string's values. Raises ValidationFailed for a name that is not known or given twice."""
    values = request.args.to_dict(flat=False)
    _refuse_unknown(values, names)
    if twice := [name for name, several in values.items() if len(several) > 1]:
        raise ValidationFailed({name: ["Given twice."] for name in twice})
    return {name: value for name, [value] in values.items()}


def position(token: str, name: str) -> Position:
    """The position that was given as `name`. Raises ValidationFailed."""
    try:
        return Position.parse(token)
    except ValueError:
        raise ValidationFailed({name: ["Not a position token like '3:1042'."]}) from None


def in_body(names: Collection[str], *, open: bool = False) -> dict[str, Any]:
    """The values of a JSON body; no body is as an empty one.

    Where nobody need be signed in, no body must say that it is JSON, too: other sites can't have that sent.

    Raises MalformedRequest, ValidationFailed, UnsupportedMediaType, RequestEntityTooLarge.
    """
    request.max_content_length = LARGEST_BODY_BYTES
    try:
        raw = request.get_data(cache=False)
    except (OSError, ValueError):
        raise MalformedRequest("The body ends too early.") from None
    if request.mimetype != JSON and (raw or open):
        raise UnsupportedMediaType(f"The body must be {JSON}.")
    if not raw:
        return {}
    body = _parsed(raw)
    _refuse_unknown(body, names)
    return body


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise MalformedRequest("The body is no JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise MalformedRequest("The body must be a JSON object.")
    if _is_deeper(body, DEEPEST):
        raise MalformedRequest(f"The body is nested deeper than {DEEPEST} levels.")
    return body


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is not None and (levels == 0 or any(_is_deeper(each, levels - 1) for each in inner))


def _refuse_unknown(values: Collection[str], names: Collection[str]) -> None:
    """Only what is declared is passed on: a call has arguments of its own beside those of the method."""
    if unknown := sorted(name for name in values if name not in names)[:_MOST_TOLD]:
        raise ValidationFailed({name[:100]: ["Unknown field."] for name in unknown})
