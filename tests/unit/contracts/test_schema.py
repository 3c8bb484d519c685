"""What comes in from outside fits its declaration exactly, or is refused with a message per field."""

import enum
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from shared.contracts.customers import AddSite, RegisterProvider
from shared.contracts.declare import declared, message, secret, text
from shared.contracts.errors import ValidationFailed
from shared.contracts.invitation import SignIn
from shared.contracts.position import Position
from shared.contracts.requests import RequestAccepted, SubmitRequest
from shared.contracts.schema import load
from shared.contracts.values import Listing, Money, Nothing

ID = "0195a1b2-0000-7000-8000-000000000001"


class Fuel(enum.StrEnum):
    OIL = "oil"
    GAS = "gas"


@message
class Everything:
    """A message with a field of each kind, none of them required."""

    title: str | None = text(maximum=20, default=None)
    lines: str | None = text(maximum=20, lines=True, default=None)
    flag: bool = False
    whole: int | None = None
    number: float | None = None
    id: UUID | None = None
    ids: list[UUID] = declared(default=[])
    fuel: Fuel | None = None
    at: datetime | None = None
    on: date | None = None
    price: Money | None = None
    seen: Position | None = None


@message
class Login:
    password: str = secret()


def refusal(cls: type, values: object) -> dict[str, object]:
    with pytest.raises(ValidationFailed) as refused:
        load(cls, values)
    return refused.value.fields


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", 1),
        ("title", True),
        ("title", ["a"]),
        ("title", {"a": "b"}),
        ("title", b"bytes"),
        ("flag", "true"),
        ("flag", 1),
        ("flag", 0),
        ("flag", "yes"),
        ("flag", None),
        ("whole", "7"),
        ("whole", 7.5),
        ("whole", True),
        ("number", "7.5"),
        ("number", True),
        ("number", float("nan")),
        ("number", float("inf")),
        ("number", float("-inf")),
        ("number", 10**400),
        ("number", [1.0]),
        ("id", 7),
        ("id", "7"),
        ("id", ID.replace("-", "")),
        ("id", f"{{{ID}}}"),
        ("id", ID[:-1] + "g"),
        ("id", [ID]),
        ("ids", ID),
        ("ids", [7]),
        ("ids", {"0": ID}),
        ("ids", None),
        ("fuel", "coal"),
        ("fuel", "OIL"),
        ("fuel", ["oil"]),
        ("fuel", 0),
        ("at", "2025-06-01T12:30:00"),
        ("at", "2025-06-01"),
        ("at", "tomorrow"),
        ("at", 1_748_781_000),
        ("on", "2025-13-01"),
        ("on", "01.06.2025"),
        ("on", "2025-06-01T12:30:00+00:00"),
        ("on", 20_250_601),
        ("price", "10.50"),
        ("price", {"amount": True}),
        ("price", {"amount": "NaN"}),
        ("price", {"amount": "Infinity"}),
        ("price", {"amount": "-1"}),
        ("price", {"amount": "10.50", "currency": "USD"}),
        ("price", {"amount": "10.50", "tax": "19"}),
        ("seen", "3"),
        ("seen", 3),
        ("seen", [3, 1042]),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(name, value):
    assert list(refusal(Everything, {name: value})) == [name]


def test_a_value_of_the_right_type_is_taken_typed():
    values = {
        "title": "Öl",
        "flag": True,
        "whole": 7,
        "number": 7,
        "id": ID,
        "ids": [ID],
        "fuel": "oil",
        "at": "2025-06-01T12:30:00+02:00",
        "on": "2025-06-01",
        "price": {"amount": "10.50"},
        "seen": "3:1042",
    }
    loaded = load(Everything, values)
    assert loaded["flag"] is True
    assert loaded["number"] == 7.0
    assert loaded["ids"] == [UUID(ID)]
    assert loaded["fuel"] is Fuel.OIL
    assert loaded["at"] == datetime.fromisoformat("2025-06-01T10:30:00Z")
    assert loaded["on"] == date(2025, 6, 1)
    assert loaded["price"] == {"amount": Decimal("10.50"), "currency": "EUR"}
    assert loaded["seen"] == Position(3, 1042)


def test_fields_left_out_take_their_defaults():
    assert load(Listing, {}) == {"cursor": None}
    assert load(Everything, {})["ids"] == []


def test_every_wrong_field_is_named_at_once():
    assert refusal(RegisterProvider, {"name": 1, "phone": "no"}).keys() == {"name", "email", "phone"}


@pytest.mark.parametrize("cls", [Nothing, Listing, SubmitRequest, RequestAccepted])
def test_an_unknown_field_is_refused(cls):
    assert refusal(cls, {"provider": ID})["provider"] == ["Unknown field."]


@pytest.mark.parametrize("values", [None, [], "text", 7])
def test_arguments_that_are_no_object_are_refused(values):
    assert refusal(Nothing, values)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\ud800", chr(0xDFFF)])
@pytest.mark.parametrize("field", ["title", "lines"])
def test_a_text_with_a_character_that_no_text_holds_is_refused(field, character):
    assert refusal(Everything, {field: f"Hei{character}zung"}) == {
        field: ["Contains characters that can't be used in a text."]
    }


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\t", "\u2028", "\u2029"])
def test_a_text_of_one_line_has_no_line_breaks(separator):
    assert "title" in refusal(Everything, {"title": f"Betreff{separator}Bcc: alle"})
    assert load(Everything, {"lines": f"Zeile{separator}Zeile"})["lines"] == f"Zeile{separator}Zeile"


@pytest.mark.parametrize("kept", ["Müßig", "Ærø", "Zażółć", "👩‍🔧", "👍🏽", "東京", "a\u0301", "‏עברית"])
def test_letters_of_every_script_and_emoji_are_kept(kept):
    assert load(Everything, {"title": kept})["title"] == kept


@pytest.mark.parametrize("blank", [" ", "   ", "\n\n", "\t", "\u00a0", "\u3000"])
def test_a_text_of_blanks_only_is_refused(blank):
    assert refusal(Everything, {"lines": blank}) == {"lines": ["May not be blank."]}


def test_blanks_around_a_text_are_dropped_and_do_not_count():
    assert load(Everything, {"title": "  Heizung  " + " " * 20})["title"] == "Heizung"
    assert refusal(SubmitRequest, {"title": " a ", "description": "", "site_id": ID}).keys() == {"title"}


def test_a_text_is_measured_in_characters():
    assert load(Everything, {"title": "ü" * 20})["title"] == "ü" * 20
    assert "title" in refusal(Everything, {"title": "ü" * 21})


@pytest.mark.parametrize("password", ["  geheim  ", "\tx", " ", "pass\nwort", "🔑 Schlüssel"])
def test_a_secret_is_taken_exactly_as_it_comes(password):
    assert load(Login, {"password": password}) == {"password": password}


@pytest.mark.parametrize("password", ["", "x" * 1_001, None, 12345678, "\ud800"])
def test_a_secret_is_a_text_of_bounded_length(password):
    assert "password" in refusal(Login, {"password": password})


def test_a_refusal_does_not_repeat_the_secret():
    with pytest.raises(ValidationFailed) as refused:
        load(SignIn, {"email": "maria@example.com", "password": ["hunter2"]})
    assert "hunter2" not in f"{refused.value} {refused.value.details}"


def test_a_refusal_is_raised_without_the_values_that_caused_it():
    with pytest.raises(ValidationFailed) as refused:
        load(SignIn, {"email": "maria@example.com", "password": ["hunter2"]})
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(("latitude", "fits"), [(90, True), (90.1, False), (-90, True), (-91, False)])
def test_a_place_lies_on_earth(latitude, fits):
    values = {"company_id": ID, "name": "Lager", "address": "Hof 1", "latitude": latitude}
    if fits:
        assert load(AddSite, values)["latitude"] == latitude
    else:
        assert "latitude" in refusal(AddSite, values)
