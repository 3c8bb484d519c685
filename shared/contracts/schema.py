"""The marshmallow schema of a declared class: what may come in from outside, and nothing else."""

import dataclasses
import enum
import re
import types
import typing
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Union
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields

from shared.contracts.errors import ValidationFailed
from shared.contracts.position import Position

# Control characters, and halves of a surrogate pair, which UTF-8 can't hold.
_NOT_IN_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def load(cls: type, values: Any) -> dict[str, Any]:
    """Check `values` (parsed JSON) against the declaration and return them typed, defaults filled in.

    Raises ValidationFailed with field → messages.
    """
    try:
        loaded: dict[str, Any] = _schema(cls).load(values)
    except ValidationError as error:
        raise ValidationFailed(dict(error.normalized_messages())) from None  # type: ignore[no-untyped-call]
    return loaded


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


class Text(fields.String):
    """A text without control characters and, unless it may have lines, without line breaks."""

    def __init__(self, *, lines: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._refused = _NOT_IN_LINES if lines else _NOT_IN_A_LINE

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if self._refused.search(value):
            raise ValidationError("Contains characters that can't be used in a text.")
        if value and not value.strip():
            raise ValidationError("May not be blank.")
        return value.strip()


class Secret(fields.String):
    """A text that is taken exactly as it comes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        secret = super()._deserialize(value, attr, data, **kwargs)
        if any("\ud800" <= character <= "\udfff" for character in secret):
            raise self.make_error("invalid_utf8")
        return secret


class Flag(fields.Boolean):
    """True or false, and nothing that only looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Identifier(fields.UUID):
    """A UUID in its usual text form."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str | UUID) or len(str(value)) != 36:
            raise self.make_error("invalid_uuid")
        return super()._deserialize(value, attr, data, **kwargs)


class PositionToken(fields.Field[Position]):
    """A position token `p:n`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return Position.parse(value)
        except (TypeError, ValueError):
            raise ValidationError("Not a position token like '3:1042'.") from None


class Number(fields.Float):
    """A finite number, not a text of digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


def _field(declared: dataclasses.Field[Any], hint: Any) -> fields.Field[Any]:
    options: dict[str, Any] = {"validate": list(declared.metadata.get("checks", ()))}
    if declared.default is not dataclasses.MISSING:
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
        return fields.Nested(schema_of(typing.cast(type, hint)), **options)
    return _SIMPLE[hint](**options)


_SIMPLE: dict[Any, type[fields.Field[Any]]] = {
    bool: Flag,
    UUID: Identifier,
    float: Number,
    Decimal: fields.Decimal,
    datetime: fields.AwareDateTime,
    date: fields.Date,
    Position: PositionToken,
}
