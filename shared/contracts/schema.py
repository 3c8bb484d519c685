"""The marshmallow schema of a declared class: what may come in from outside, and nothing else."""

import dataclasses
import enum
import types
import typing
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Union
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields

from shared.contracts.declare import ABSENT, Event
from shared.contracts.errors import ValidationFailed
from shared.contracts.fields import (
    Amount,
    Day,
    Flag,
    Identifier,
    Moment,
    Number,
    Object,
    PositionToken,
    Secret,
    Text,
)
from shared.contracts.position import Position

# In characters; names that nobody declared are the caller's own, and long or many ones would be told back.
_LONGEST_REFUSAL = 20_000


def load(cls: type, values: Any) -> dict[str, Any]:
    """Check `values` (parsed JSON) against the declaration and return them typed, defaults filled in.

    Raises ValidationFailed with field → messages.
    """
    try:
        loaded: dict[str, Any] = _schema(cls).load(values)
    except ValidationError as error:
        told = _told(error.normalized_messages())  # type: ignore[no-untyped-call]
        if len(str(told)) > _LONGEST_REFUSAL:
            told = {"_schema": ["Too much is wrong to name it all; check it against the contract."]}
        raise ValidationFailed(told) from None
    return loaded


def check(event: Event, plain: dict[str, Any]) -> None:
    """Check an event's plain values, as `load` would do but in a third of the time.

    An id that is a UUID is not looked at again: it has only one plain form. Raises ValidationFailed with
    field → messages.
    """
    cls: type = type(event)
    wrong: dict[str, Any] = {}
    for name, field in _schema(cls).fields.items():
        if isinstance(field, Identifier) and isinstance(getattr(event, name), UUID) and not field.validators:
            continue
        try:
            field.deserialize(plain[name], name, plain)
        except ValidationError as error:
            wrong[name] = error.messages
    if wrong:
        raise ValidationFailed(_told(wrong))


@cache
def schema_of(cls: type) -> type[Schema]:
    """The schema derived from the declared class's fields; unknown fields are refused."""
    hints = typing.get_type_hints(cls)
    members: dict[str, Any] = {f.name: _field(f, hints[f.name]) for f in dataclasses.fields(cls)}
    members["Meta"] = type("Meta", (), {"unknown": RAISE})
    return type(cls.__name__ + "Schema", (Schema,), members)


@cache
def _schema(cls: type) -> Schema:
    """One instance for all calls: making one copies every field, which costs more than a check does."""
    return schema_of(cls)()


def _told(messages: dict[Any, Any]) -> dict[str, Any]:
    """The messages as JSON can hold them: marshmallow names the places of a list by numbers."""
    return {str(key): _told(value) if isinstance(value, dict) else value for key, value in messages.items()}


def _field(declared: dataclasses.Field[Any], hint: Any) -> fields.Field[Any]:
    options: dict[str, Any] = {"validate": list(declared.metadata.get("checks", ()))}
    if declared.default is ABSENT:
        options |= {"required": False}
    elif declared.default is not dataclasses.MISSING:
        options |= {"load_default": declared.default, "required": False}
    elif declared.default_factory is not dataclasses.MISSING:
        options |= {"load_default": declared.default_factory, "required": False}
    else:
        options |= {"required": True}
    if declared.metadata.get("verbatim"):
        return Secret(**options)
    return _typed(hint, options, lines=declared.metadata.get("lines", True))


def _typed(hint: Any, options: dict[str, Any], *, lines: bool = True) -> fields.Field[Any]:
    if typing.get_origin(hint) in (Union, types.UnionType):
        inner = [argument for argument in typing.get_args(hint) if argument is not type(None)]
        return _typed(inner[0], options | {"allow_none": True}, lines=lines)
    if typing.get_origin(hint) in (list, tuple):
        return fields.List(_typed(typing.get_args(hint)[0], {}), **options)
    if hint is str:
        return Text(lines=lines, **options)
    if hint is int:
        return fields.Integer(strict=True, **options)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return fields.Enum(hint, by_value=True, **options)
    if dataclasses.is_dataclass(hint):
        return Object(schema_of(typing.cast(type, hint)), **options)
    return _SIMPLE[hint](**options)


_SIMPLE: dict[Any, type[fields.Field[Any]]] = {
    bool: Flag,
    UUID: Identifier,
    float: Number,
    Decimal: Amount,
    datetime: Moment,
    date: Day,
    Position: PositionToken,
}
