"""How an event or an RPC message is declared: a frozen dataclass whose fields say their own rules."""

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from functools import cache
from typing import Any, ClassVar, TypeVar, dataclass_transform

from marshmallow import validate

T = TypeVar("T")
# The default of an argument that may be left out, and then is not passed on at all: "leave it as it is".
ABSENT: Any = object()
# What a person's text reads as once that person is erased.
ERASED = "‹erased›"
# Where a payload holds its personal data encrypted; no name of a field.
SEALED = "sealed/1"
Payload = dict[str, Any]
Upcaster = Callable[[Payload], Payload]


class Event:
    """Something that happened. Subclasses are made by `@event`.

    `personal` says of each personal field where the id of its person stands, and `tombstones` what the field
    reads as once that person is erased.
    """

    type: ClassVar[str]
    service: ClassVar[str]
    schema_version: ClassVar[int]
    personal: ClassVar[Mapping[str, str]]
    tombstones: ClassVar[Mapping[str, str | None]]


class Message:
    """The arguments or the result of an RPC method. Subclasses are made by `@message`."""


EVENTS: dict[str, type[Event]] = {}
_upcasters: dict[tuple[str, int], Upcaster] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(name: str, *, version: int = 1) -> Callable[[type[T]], type[T]]:
    """Declare the event type `name`; the declaring module's name is the service that owns it."""

    def register(cls: type[T]) -> type[T]:
        made: Any = dataclass(frozen=True, kw_only=True)(cls)
        made.type = name
        made.service = cls.__module__.rpartition(".")[2]
        made.schema_version = version
        made.personal = {
            f.name: f.metadata["personal"] for f in dataclasses.fields(made) if f.metadata.get("personal")
        }
        made.tombstones = {
            name: _tombstone(hint)
            for name, hint in typing.get_type_hints(made).items()
            if name in made.personal
        }
        if name in EVENTS:
            raise TypeError(f"the event type {name} is declared twice")
        EVENTS[name] = made
        return made  # type: ignore[no-any-return]

    return register


@dataclass_transform(frozen_default=True, kw_only_default=True)
def message(cls: type[T]) -> type[T]:
    """Declare the arguments or the result of an RPC method."""
    return dataclass(frozen=True, kw_only=True)(cls)


def upcast(name: str, *, version: int) -> Callable[[Upcaster], Upcaster]:
    """Declare the step that brings a payload of `name` from `version` to the next one."""

    def register(step: Upcaster) -> Upcaster:
        _upcasters[name, version] = step
        return step

    return register


def current(name: str, version: int, payload: Payload) -> Payload:
    """Bring an old payload up to the declared version, one step at a time.

    One of a newer version stays as it is: it has all that this code knows, and more (ADR 0061). Raises
    LookupError when a step is missing, or the payload is still sealed.
    """
    if SEALED in payload:
        raise LookupError(f"the personal data of {name} is still sealed")
    for step in range(version, EVENTS[name].schema_version):
        payload = _upcasters[name, step](payload)
    return payload


def text(
    *,
    minimum: int = 1,
    maximum: int,
    lines: bool = False,
    personal: str | None = None,
    default: Any = MISSING,
) -> Any:
    """A text of `minimum` to `maximum` characters that is not only blanks.

    `lines` allows line breaks. `personal` names the field (or the envelope's `company_id`,
    `provider_id`) that holds the id of the person the text belongs to.
    """
    return declared(
        validate.Length(min=minimum, max=maximum), lines=lines, personal=personal, default=default
    )


def personal(subject: str, *, default: Any = MISSING) -> Any:
    """A field that belongs to the person whose id is in the field `subject`."""
    return declared(personal=subject, default=default)


def secret() -> Any:
    """A password or token: taken exactly as it comes, bounded in length."""
    return dataclasses.field(metadata={"checks": (validate.Length(min=1, max=1_000),), "verbatim": True})


def declared(
    *checks: Callable[[Any], Any], lines: bool = True, personal: str | None = None, default: Any = MISSING
) -> Any:
    """A field with marshmallow validators, a data subject and a default, each only where given."""
    metadata = {"checks": checks, "personal": personal, "lines": lines}
    if isinstance(default, list):
        return dataclasses.field(default_factory=default.copy, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def _tombstone(hint: Any) -> str | None:
    """None where a value may be missing, a fixed word for a text that may not."""
    if type(None) in typing.get_args(hint):
        return None
    if hint is str:
        return ERASED
    raise TypeError(f"a personal field is a text or may be None; {hint} can't be erased")


@cache
def field_names(cls: type) -> tuple[str, ...]:
    """The names of a declared class's fields, its own before those of the classes that it builds on."""
    declared_somewhere = dict.fromkeys(name for each in cls.__mro__ for name in inspect.get_annotations(each))
    fields = {f.name for f in dataclasses.fields(cls)}
    return tuple(name for name in declared_somewhere if name in fields)
