"""What comes in from outside fits its declaration exactly, or is refused with a message per field."""

import dataclasses
import enum
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.codec import to_plain
from shared.contracts.customers import AddSite, RegisterProvider, UpdateContact
from shared.contracts.declare import declared, message, secret, text
from shared.contracts.errors import ValidationFailed
from shared.contracts.invitation import SignIn
from shared.contracts.position import Position
from shared.contracts.requests import RequestAccepted, SubmitRequest
from shared.contracts.schema import check, load
from shared.contracts.values import Listing, Money, Nothing
from tests.unit.contracts.declarations import ALL_EVENTS, instances

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
        ("at", "2026-W10-1T08:00+01:00"),
        ("at", "20260301T080000Z"),
        ("at", "2026-03-01T08:00:00+01:00\0"),
        ("at", "2026-03-01T08:00:00+01:00\n"),
        ("at", "2026-03-01T08:00:00+99:00"),
        ("at", "2026-03-01T08:00:60Z"),
        ("at", "٢026-03-01T08:00:00Z"),
        ("at", b"2026-03-01T08:00:00Z"),
        ("on", "2025-13-01"),
        ("on", "2025-02-29"),
        ("on", "2026-W10-1"),
        ("on", "20260301"),
        ("on", "2026-03-01\0"),
        ("on", "01.06.2025"),
        ("on", "2025-06-01T12:30:00+00:00"),
        ("on", 20_250_601),
        ("price", "10.50"),
        ("price", {"amount": True}),
        ("price", {"amount": "NaN"}),
        ("price", {"amount": "Infinity"}),
        ("price", {"amount": "-1"}),
        ("price", {"amount": "-0.00"}),
        ("price", {"amount": "+5"}),
        ("price", {"amount": " 5 "}),
        ("price", {"amount": ""}),
        ("price", {"amount": "1e3"}),
        ("price", {"amount": "1_000"}),
        ("price", {"amount": "1,50"}),
        ("price", {"amount": "٣"}),
        ("price", {"amount": "129.905"}),
        ("price", {"amount": 129.9}),
        ("price", {"amount": 5}),
        ("price", {"amount": "9" * 5_000}),
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


@pytest.mark.parametrize("value", ["10.50", 10.5, ["10.50"], True])
def test_what_is_no_object_is_told_at_its_field(value):
    assert refusal(Everything, {"price": value}) == {"price": ["Not an object."]}


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        ("1900-01-01T14:00:00+14:00", "1900-01-01T00:00:00+00:00"),
        ("2200-12-31T09:59:59-14:00", "2200-12-31T23:59:59+00:00"),
        ("2026-03-01t08:00:00.25z", "2026-03-01T08:00:00.250000+00:00"),
        ("2026-03-01 08:00+01:00", "2026-03-01T07:00:00+00:00"),
    ],
)
def test_a_time_that_is_taken_can_be_told_in_utc(at, utc):
    assert to_plain(load(Everything, {"at": at})["at"]) == utc


@pytest.mark.parametrize(
    "at",
    [
        "0001-01-01T00:00:00+14:00",
        "1900-01-01T00:00:00+00:01",
        "2200-12-31T23:59:00-00:01",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_time_that_is_too_far_away_is_refused(at):
    assert refusal(Everything, {"at": at}) == {"at": ["Must lie in the years 1900 to 2200."]}


@pytest.mark.parametrize("on", ["0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"])
def test_a_date_that_is_too_far_away_is_refused(on):
    assert refusal(Everything, {"on": on}) == {"on": ["Must lie in the years 1900 to 2200."]}


def test_of_an_amount_that_is_negative_that_is_said():
    with pytest.raises(ValidationFailed) as refused:
        load(Money, {"amount": "-5.00"})
    assert refused.value.fields == {"amount": ["Must not be negative."]}


@pytest.mark.parametrize(("amount", "told"), [("0", "0.00"), ("129.9", "129.90"), ("0129.90", "129.90")])
def test_an_amount_is_told_with_two_decimals(amount, told):
    assert to_plain(load(Everything, {"price": {"amount": amount}})["price"])["amount"] == told


def test_fields_left_out_take_their_defaults():
    assert load(Listing, {}) == {"cursor": None}
    assert load(Everything, {})["ids"] == []


NAMES = [field.name for field in dataclasses.fields(Everything)]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(NAMES), JSON_VALUES)
def test_whatever_is_wrong_the_messages_can_be_sent(name, value):
    details = {}
    try:
        load(Everything, {name: value})
    except ValidationFailed as refused:
        details = refused.details
    assert json.loads(orjson.dumps(details)) == details


@pytest.mark.parametrize(
    "values",
    [
        {"x" * 900_000: 1},
        {f"field {number}": 1 for number in range(50_000)},
        {"ids": [7] * 50_000},
        {"price": {"x" * 900_000: 1}},
    ],
    ids=["a long name", "many names", "a long list", "a long name within"],
)
def test_however_much_is_wrong_the_refusal_is_short(values):
    with pytest.raises(ValidationFailed) as refused:
        load(Everything, values)
    assert len(str(refused.value.details)) + len(refused.value.message) < 50_000


def test_what_is_wrong_in_a_list_is_named_by_its_place():
    assert refusal(Everything, {"ids": [ID, 7]}) == {"ids": {"1": ["Not a valid UUID."]}}


def test_every_wrong_field_is_named_at_once():
    assert refusal(RegisterProvider, {"name": 1, "phone": "no"}).keys() == {"name", "email", "phone"}


@pytest.mark.parametrize("email", ["maria", "maria@", "büro@huber.example.com"])
def test_a_provider_has_an_address_that_every_mail_server_takes(email):
    assert "email" in refusal(RegisterProvider, {"name": "Huber", "email": email})
    assert load(RegisterProvider, {"name": "Huber", "email": "buero@müller.example.com"})


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


@pytest.mark.parametrize("control", ["\u202a", "\u202d", "\u202e", "\u2066", "\u2069"])
def test_a_text_of_one_line_does_not_turn_the_direction_of_what_follows(control):
    assert "title" in refusal(Everything, {"title": f"Rechnung{control}fdp.exe"})
    assert load(Everything, {"lines": f"a{control}b"})["lines"] == f"a{control}b"


@pytest.mark.parametrize(
    "blank",
    [
        " ",
        "   ",
        "\n\n",
        "\t",
        "\u00a0",
        "\u3000",
        "\u200b",
        " \u202e ",
        "\u2066\u2069",
        "\u3164",
        "\ufeff\xad",
    ],
)
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


def test_a_change_that_is_left_out_is_not_passed_on_and_none_takes_a_value_away():
    contact_id = ID
    assert load(UpdateContact, {"contact_id": contact_id, "phone": None}) == {
        "contact_id": UUID(contact_id),
        "phone": None,
    }


def test_a_change_to_none_is_refused_where_a_value_is_needed():
    with pytest.raises(ValidationFailed) as refused:
        load(UpdateContact, {"contact_id": ID, "first_name": None})
    assert refused.value.fields.keys() == {"first_name"}


ODD_TEXTS = ["", " ", "a\x00b", "a\nb", "x" * 20_000]
ODD_VALUES = [
    *ODD_TEXTS,
    *(None, True, 7, 7.5, Decimal("NaN"), Fuel.OIL, Position(1, 2)),
    *([], ["a", 7], {}, UUID(ID), [UUID(ID)], date(2025, 3, 1), datetime(2025, 3, 1, tzinfo=UTC)),
]


@given(data=st.data())
def test_what_is_made_here_is_checked_as_strictly_as_what_comes_in(data):
    cls = data.draw(st.sampled_from(ALL_EVENTS))
    event = data.draw(instances(cls))
    if fields := dataclasses.fields(cls):
        name = data.draw(st.sampled_from([field.name for field in fields]))
        event = dataclasses.replace(event, **{name: data.draw(st.sampled_from(ODD_VALUES))})
    plain = to_plain(event)
    assert fields_refused(lambda: check(event, plain)) == fields_refused(lambda: load(cls, plain))


def fields_refused(checking: Callable[[], object]) -> dict[str, object]:
    try:
        checking()
    except ValidationFailed as error:
        return error.fields
    return {}
