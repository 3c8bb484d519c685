"""A believable example of each declared class, for documentation and for trying a method out."""

import dataclasses
import enum
import inspect
import types
import typing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Union
from uuid import UUID, uuid5

from marshmallow import validate

from shared.contracts.codec import to_plain
from shared.contracts.declare import ABSENT
from shared.contracts.position import Position

_IDS = UUID("0195a1b2-7c3d-7000-8000-5a6b7c8d9e0f")
_TIME = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_TEXTS = {
    "name": "Filiale Süd",
    "company_name": "Bäckerei Müller & Söhne",
    "provider_name": "Lechtaler Wärmetechnik GmbH",
    "site_name": "Filiale Süd",
    "equipment_name": "Gasbrennwertkessel",
    "first_name": "Jörg",
    "last_name": "Müller",
    "email": "joerg.mueller@example.com",
    "phone": "+49 821 555 100",
    "address": "Bahnhofstraße 1, 80335 München",
    "title": "Heizung wird nicht warm",
    "description": "Seit gestern bleibt der Heizkörper im Büro kalt.",
    "number": "A-2026-00042",
    "note": "Wir melden uns.",
    "reason": "Das gehört leider nicht zu unseren Leistungen.",
    "manufacturer": "Viessmann",
    "model": "Vitocrossal 200",
    "serial_number": "SN-4711023",
    "technician": "Sepp Brandl",
    "filename": "Angebot-2026-017.pdf",
    "media_type": "application/pdf",
    "password": "eine lange Wendung, die keiner errät",
    "current": "eine lange Wendung, die keiner errät",
    "new": "eine andere lange Wendung, 27 Kessel",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "currency": "EUR",
    "search": "mueller",
    "client": "203.0.113.7",
    "error": "550",
    "position": "3:1042",
}
_TIMES = {"ends_at": _TIME.replace(hour=11), "expires_at": _TIME.replace(day=16)}


def example(cls: type) -> dict[str, Any]:
    """An instance of a declared class as plain JSON values, the same each time."""
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(typing.cast(Any, cls))
    return {field.name: to_plain(_value(field, hints[field.name])) for field in fields if _is_shown(field)}


def _is_shown(field: dataclasses.Field[Any]) -> bool:
    """What may be left out and has no usual value doesn't stand in an example."""
    return field.default is not ABSENT and field.name not in ("cursor", "command_id")


def _value(field: dataclasses.Field[Any], hint: Any) -> Any:
    if field.name == "next":
        return None
    for check in field.metadata.get("checks", ()):
        if isinstance(check, validate.OneOf) and _TEXTS.get(field.name) not in check.choices:
            return next(iter(check.choices))
    return _typed(field.name, hint)


def _typed(name: str, hint: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _typed(name, next(each for each in arguments if each is not type(None)))
    if origin in (list, tuple):
        return [_typed(name.removesuffix("s"), arguments[0])]
    if hint is str:
        return _TEXTS.get(name, name)
    if hint is UUID:
        return uuid5(_IDS, name)
    if hint is datetime:
        return _TIMES.get(name, _TIME)
    if inspect.isclass(hint) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    if dataclasses.is_dataclass(hint):
        return example(typing.cast(type, hint))
    return _NUMBERS.get(name, _SIMPLE.get(hint, {}))


_NUMBERS: dict[str, Any] = {"latitude": 48.14, "longitude": 11.56, "size": 48_213, "age_seconds": 0.0}
_SIMPLE: dict[Any, Any] = {
    bool: True,
    int: 1,
    float: 1.5,
    Decimal: Decimal("129.90"),
    date: date(2026, 3, 31),
    Position: Position(3, 1042),
}
