"""Whatever the contracts say of a text that was typed, people are told in their own words."""

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, ValidationError, fields

from portalctl.methods import methods
from services.gateway.forms import CHECK, said
from shared.contracts.fields import Flag, Object, PositionToken
from shared.contracts.schema import schema_of

NOT_TYPED = (Flag, PositionToken, fields.Integer, fields.List)
LONG = "x" * 20_000
WRONG = ("", " ", "x", "x y", "a\x07", "-5", "9999999999", "/", "1850-01-01", "1850-01-01T08:00Z", LONG)
FAR = 1e9


def refusals() -> set[str]:
    """The messages of the checks of all arguments that a form may hold."""
    found = set()
    for method in methods():
        for field in typed(schema_of(method.arguments)()):
            wrong = (*WRONG, FAR) if isinstance(field, fields.Float) else WRONG
            for value in wrong:
                found |= set(refusal(field, value))
    return found


def typed(schema: Schema) -> Iterator[fields.Field[Any]]:
    for field in schema.fields.values():
        if isinstance(field, Object):
            yield from typed(field.schema)
        elif not isinstance(field, NOT_TYPED):
            yield field


def refusal(field: fields.Field[Any], value: Any) -> list[str]:
    try:
        field.deserialize(value)
    except ValidationError as error:
        return [str(message) for message in error.messages]
    return []


def test_every_message_has_words_of_its_own():
    found = refusals()
    assert "An e-mail address has an @ and no blanks, such as maria.huber@example.com." in found
    assert {message for message in found if said([message], "x") == CHECK} == set()
