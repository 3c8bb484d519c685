"""What a declaration says stands in its JSON Schema."""

import enum
from datetime import datetime
from uuid import UUID

from marshmallow import validate

from shared.contracts.declare import ABSENT, declared, message, personal, text
from shared.contracts.json_schema import Schemas


class Fuel(enum.StrEnum):
    """What burns."""

    OIL = "oil"
    GAS = "gas"


@message
class Part:
    size: int = declared(validate.Range(min=1, max=9))


@message
class Boiler:
    """A boiler."""

    id: UUID
    owner_id: UUID
    name: str = text(minimum=3, maximum=20)
    owner: str = personal("owner_id")
    fuel: Fuel | None = None
    since: datetime | None = None
    parts: list[Part] = declared(validate.Length(max=2), default=[])
    note: str | None = text(maximum=50, default=ABSENT)


def test_types_bounds_and_meanings_are_kept():
    schemas = Schemas()
    assert schemas.refer(Boiler) == {"$ref": "#/components/schemas/Boiler"}
    boiler = schemas.by_name["Boiler"]
    assert boiler["description"] == "A boiler."
    assert boiler["required"] == ["id", "owner_id", "name", "owner"]
    assert boiler["properties"] == {
        "id": {"type": "string", "format": "uuid"},
        "owner_id": {"type": "string", "format": "uuid"},
        "name": {"type": "string", "minLength": 3, "maxLength": 20},
        "owner": {"type": "string", "x-personal": "owner_id"},
        "fuel": {"oneOf": [{"$ref": "#/components/schemas/Fuel"}, {"type": "null"}]},
        "since": {"type": ["string", "null"], "format": "date-time"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}, "maxItems": 2},
        "note": {"type": ["string", "null"], "minLength": 1, "maxLength": 50},
    }
    assert schemas.by_name["Fuel"] == {"description": "What burns.", "type": "string", "enum": ["oil", "gas"]}
    assert schemas.by_name["Part"]["properties"]["size"] == {"type": "integer", "minimum": 1, "maximum": 9}


def test_only_what_callers_send_is_closed_against_unknown_properties():
    schemas = Schemas()
    schemas.refer_closed(Part, name="Order", also={"command_id": {"type": "string"}})
    schemas.refer(Boiler)
    assert schemas.by_name["Order"]["additionalProperties"] is False
    assert schemas.by_name["Order"]["properties"].keys() == {"size", "command_id"}
    assert {"additionalProperties"}.isdisjoint(
        schemas.by_name["Boiler"].keys() | schemas.by_name["Part"].keys()
    )
