"""Declared classes to plain JSON values and back, without validation: the path that must be quick."""

import dataclasses
import enum
import types
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any, TypeVar, Union
from uuid import UUID

from shared.contracts.position import Position

T = TypeVar("T")
Decoder = Callable[[Any], Any]
_ID_CHARACTERS = 36


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


def as_recorded(cls: type[T], payload: dict[str, Any]) -> T:
    """The event whose fields hold the payload's own values: ids, times and choices as text, parts as objects.

    The quick way for those who pass values on, as folds do: it looks at the kind of each value, not at what
    it says. The payload belongs to the event from then on. Raises LookupError, TypeError, ValueError.
    """
    shape = _shape(typing.cast(Any, cls))
    for name, kinds in shape.kinds:
        if name not in payload:
            if name in shape.required:
                raise LookupError(f"{name} is missing")
        elif type(payload[name]) not in kinds:
            raise TypeError(f"{name} is a {type(payload[name]).__name__}")
    for name in shape.ids:
        if (value := payload.get(name)) is not None and len(value) != _ID_CHARACTERS:
            raise ValueError(f"{name} is no id")
    for name, decode in shape.parts:
        payload[name] = decode(payload.get(name))
    made = object.__new__(cls)
    object.__setattr__(made, "__dict__", payload)
    return made


class _Shape(typing.NamedTuple):
    """What a recorded payload looks like; `parts` are objects in it, and defaults that have to be made."""

    kinds: tuple[tuple[str, frozenset[type]], ...]
    required: frozenset[str]
    ids: tuple[str, ...]
    parts: tuple[tuple[str, Decoder], ...]


@cache
def _shape(cls: Any) -> _Shape:
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(cls)
    missing = dataclasses.MISSING
    made = {field.name: field.default_factory for field in fields if field.default_factory is not missing}
    parts = [(name, _decoder(hint)) for name, hint in hints.items() if _is_part(hint)]
    return _Shape(
        kinds=tuple((field.name, _kinds(hints[field.name])) for field in fields),
        required=frozenset(field.name for field in fields if field.default is missing) - made.keys(),
        ids=tuple(field.name for field in fields if hints[field.name] in (UUID, UUID | None)),
        parts=(*parts, *((name, partial(_or_made, make)) for name, make in made.items())),
    )


def _is_part(hint: Any) -> bool:
    return any(map(dataclasses.is_dataclass, (hint, *typing.get_args(hint))))


def _kinds(hint: Any) -> frozenset[type]:
    """The types that JSON gives for a hint; bool is no number."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return frozenset().union(*map(_kinds, arguments))
    if origin in (list, tuple):
        return frozenset([list])
    if dataclasses.is_dataclass(hint):
        return frozenset([dict])
    return _PLAIN.get(hint, frozenset([str]))


_PLAIN: dict[Any, frozenset[type]] = {
    bool: frozenset([bool]),
    int: frozenset([int]),
    float: frozenset([float, int]),
    type(None): frozenset([type(None)]),
}


def _or_made(make: Callable[[], Any], value: Any) -> Any:
    return make() if value is None else value


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
