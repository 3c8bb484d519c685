"""The JSON Schema (draft 7) of a declared class, for those who write clients in other languages."""

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Union
from uuid import UUID

from marshmallow import validate

from shared.contracts.position import PATTERN, Position

Schema = dict[str, Any]
_ENUM_DOC = inspect.cleandoc(enum.StrEnum.__doc__ or "")
REFERENCE = "#/components/schemas/"


class Schemas:
    """Collects the schemas of declared classes under their names, each once."""

    def __init__(self) -> None:
        self.by_name: dict[str, Schema] = {}

    def refer(self, cls: type) -> Schema:
        """A reference to the class's schema, whose readers must bear unknown properties."""
        if cls.__name__ not in self.by_name:
            self.by_name[cls.__name__] = {}
            self.by_name[cls.__name__] = self._whole(cls)
        return {"$ref": REFERENCE + cls.__name__}

    def refer_closed(
        self, cls: type, *, name: str, also: Mapping[str, Schema], without: Collection[str] = ()
    ) -> Schema:
        """A reference to a schema that refuses unknown properties, as calls do.

        Its own are the class's and `also`, but for those in `without`.
        """
        whole = self._whole(cls)
        properties = whole["properties"] | also
        whole["properties"] = {key: schema for key, schema in properties.items() if key not in without}
        whole["required"] = [key for key in whole["required"] if key not in without]
        self.by_name[name] = whole | {"additionalProperties": False}
        return {"$ref": REFERENCE + name}

    def properties(self, cls: type) -> dict[str, Schema]:
        """The schema of each of the class's fields."""
        found: dict[str, Schema] = self._whole(cls)["properties"]
        return found

    def of(self, hint: Any) -> Schema:
        """The schema of a type as it stands in an annotation."""
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (Union, types.UnionType):
            return or_null(self.of(next(each for each in arguments if each is not type(None))))
        if origin in (list, tuple):
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if hint in _SIMPLE:
            return dict(_SIMPLE[hint])
        if dataclasses.is_dataclass(hint) or (inspect.isclass(hint) and issubclass(hint, enum.Enum)):
            return self.refer(typing.cast(type, hint))
        return {}

    def _whole(self, cls: type) -> Schema:
        described: Schema = {"description": text} if (text := description_of(cls)) else {}
        if issubclass(cls, enum.Enum):
            return described | {"type": "string", "enum": [member.value for member in cls]}
        fields = dataclasses.fields(typing.cast(Any, cls))
        hints = typing.get_type_hints(cls)
        return described | {
            "type": "object",
            "properties": {field.name: self._property(field, hints[field.name]) for field in fields},
            "required": [field.name for field in fields if _is_required(field)],
        }

    def _property(self, field: dataclasses.Field[Any], hint: Any) -> Schema:
        schema = self.of(hint)
        for check in field.metadata.get("checks", ()):
            _narrow(schema, check)
        if field.metadata.get("verbatim"):
            schema["writeOnly"] = True
        if subject := field.metadata.get("personal"):
            schema["x-personal"] = subject
        return schema


def description_of(cls: type) -> str:
    """What the class's docstring says; nothing where dataclass or enum wrote one."""
    doc = inspect.cleandoc(cls.__doc__ or "")
    return "" if doc.startswith(f"{cls.__name__}(") or doc == _ENUM_DOC else doc


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    if "type" in schema:
        return schema | {"type": [schema["type"], "null"]}
    return {"oneOf": [schema, {"type": "null"}]} if schema else schema


def not_null(schema: Schema) -> Schema:
    """The same without null, for what is left out instead."""
    if isinstance(schema.get("type"), list):
        return schema | {"type": schema["type"][0]}
    return dict(schema["oneOf"][0]) if "oneOf" in schema else schema


def required(names: Iterable[str], properties: dict[str, Schema]) -> Schema:
    """An object with these properties, of which those named must be there."""
    return {"type": "object", "properties": properties, "required": list(names)}


def _is_required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _narrow(schema: Schema, check: Any) -> None:
    """Say in the schema what a marshmallow validator checks."""
    is_list = "items" in schema
    match check:
        case validate.Length():
            low, high = ("minItems", "maxItems") if is_list else ("minLength", "maxLength")
            schema |= _bounds(low, check.min, high, check.max)
        case validate.Range():
            schema |= _bounds("minimum", check.min, "maximum", check.max)
        case validate.OneOf():
            schema["enum"] = list(check.choices)
        case validate.Email():
            schema["format"] = "email"
        case validate.Regexp():
            schema["pattern"] = str(check.regex.pattern).replace(r"\Z", "$")


def _bounds(low: str, least: Any, high: str, most: Any) -> Schema:
    return {name: value for name, value in ((low, least), (high, most)) if value is not None}


_SIMPLE: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    Decimal: {"type": "string", "pattern": r"^\d{1,12}(\.\d{1,2})?$", "x-decimal": True},
    Position: {"type": "string", "pattern": PATTERN, "description": "Opaque."},
}
