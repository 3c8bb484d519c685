"""Declared classes to plain JSON values and back, without validation: the path that must be quick."""

import dataclasses
import enum
import types
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from types import NoneType
from typing import Any, TypeVar, Union
from uuid import UUID

from shared.contracts.position import Position

T = TypeVar("T")
Decoder = Callable[[Any], Any]
_ID_CHARACTERS = 36
_MOST_FORMS = 10_000


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
    form = _form(typing.cast(Any, cls), tuple(payload), tuple(map(type, payload.values())))
    for name in form.ids:
        if len(payload[name]) != _ID_CHARACTERS:
            raise ValueError(f"{name} is no id")
    for name, decode in form.parts:
        payload[name] = decode(payload[name])
    for name, make in form.defaults:
        payload[name] = make()
    made = object.__new__(cls)
    object.__setattr__(made, "__dict__", payload)
    return made


class _Form(typing.NamedTuple):
    """What is left to do with a payload, once its fields and their kinds are known to fit."""

    ids: tuple[str, ...]
    parts: tuple[tuple[str, Decoder], ...]
    defaults: tuple[tuple[str, Callable[[], Any]], ...]


@lru_cache(_MOST_FORMS)
def _form(cls: Any, names: tuple[str, ...], kinds: tuple[type, ...]) -> _Form:
    """That of payloads with these fields, which many events share; raises LookupError, TypeError."""
    hints, given = typing.get_type_hints(cls), dict(zip(names, kinds, strict=True))
    fields, missing = dataclasses.fields(cls), dataclasses.MISSING
    for field in fields:
        if field.name not in given:
            if field.default is missing and field.default_factory is missing:
                raise LookupError(f"{field.name} is missing")
        elif given[field.name] not in _kinds(hints[field.name]):
            raise TypeError(f"{field.name} is a {given[field.name].__name__}")
    said = {name: hint for name, hint in hints.items() if given.get(name, NoneType) is not NoneType}
    return _Form(
        ids=tuple(name for name, hint in said.items() if hint in (UUID, UUID | None)),
        parts=tuple((name, _decoder(hint)) for name, hint in said.items() if _is_part(hint)),
        defaults=tuple(
            (field.name, field.default_factory)
            for field in fields
            if field.name not in given and field.default_factory is not missing
        ),
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
    NoneType: frozenset([NoneType]),
}


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
        decode = _decoder(next(argument for argument in arguments if argument is not NoneType))
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
