"""Declared classes to plain JSON values and back, without validation: the path that must be quick."""

import dataclasses
import enum
import types
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, Union
from uuid import UUID

from shared.contracts.position import Position

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def to_plain(value: Any) -> Any:
    """Turn a value into what JSON can hold: ids and numbers of money as strings, times in RFC 3339, UTC."""
    match value:
        case None | str() | bool() | int() | float():
            return value.value if isinstance(value, enum.Enum) else value
        case Position() | UUID() | Decimal():
            return str(value)
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{value} has no time zone")
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case dict():
            return {key: to_plain(item) for key, item in value.items()}
        case list() | tuple():
            return [to_plain(item) for item in value]
        case _ if dataclasses.is_dataclass(value):
            return {name: to_plain(getattr(value, name)) for name in _names(value.__class__)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def from_plain(cls: type[T], values: dict[str, Any]) -> T:
    """Build a declared class from values written by `to_plain`; fields not given keep their default."""
    decoders = _decoders(typing.cast(Any, cls))
    return cls(**{name: decode(values[name]) for name, decode in decoders if name in values})


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(f.name for f in dataclasses.fields(cls))


@cache
def _decoders(cls: Any) -> tuple[tuple[str, Decoder], ...]:
    hints = typing.get_type_hints(cls)
    return tuple((name, _decoder(hints[name])) for name in _names(cls))


def _decoder(hint: Any) -> Decoder:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        decode = _decoder(next(argument for argument in arguments if argument is not type(None)))
        return lambda value: None if value is None else decode(value)
    if origin in (list, tuple):
        decode = _decoder(arguments[0])
        return lambda value: [decode(item) for item in value]
    if hint is datetime or hint is date:
        return typing.cast(Decoder, hint.fromisoformat)
    if hint in (UUID, Decimal) or (isinstance(hint, type) and issubclass(hint, enum.Enum)):
        return typing.cast(Decoder, hint)
    if hint is Position:
        return Position.parse
    if dataclasses.is_dataclass(hint):
        return lambda value: from_plain(typing.cast(type, hint), value)
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
