"""What is saved of a form: what the person changed, unless somebody else has changed the same meanwhile."""

from typing import Any

import pytest
from flask import Flask

from services.gateway.edits import Edit, is_outdated, shown_before
from services.gateway.fields import CHOICE, COORDINATE, DATE, LANGUAGES, LINES, MOMENT, YES, Field, shown

NAME = Field("name", "Name")
NUMBER = Field("number", "Nummer", optional=True)
PLACE = (
    Field("latitude", "Breite", COORDINATE, optional=True, part_of="place"),
    Field("longitude", "Länge", COORDINATE, optional=True, part_of="place"),
)
FIELDS = (NAME, NUMBER, *PLACE)
ITEM = {"name": "Filiale", "number": "7", "latitude": 48.37, "longitude": 10.9}


def edit(*, typed: dict[str, str], by_others: dict[str, Any] | None = None) -> Edit:
    """The form that showed ITEM, sent after others had changed it, too."""
    before = shown(FIELDS, ITEM)
    return Edit(FIELDS, ITEM | (by_others or {}), before, before | typed)


def overtaken(edit: Edit) -> list[str]:
    return [field.name for field in edit.overtaken]


def test_what_was_left_alone_is_not_sent():
    assert edit(typed={"name": "Filiale Süd"}).arguments == {"name": "Filiale Süd"}
    assert edit(typed={}).arguments == {}


def test_what_others_changed_elsewhere_stays():
    edited = edit(typed={"name": "Filiale Süd"}, by_others={"number": "8", "latitude": 50.0})
    assert (edited.arguments, overtaken(edited)) == ({"name": "Filiale Süd"}, [])


def test_what_others_changed_too_is_told_unless_they_changed_it_to_the_same():
    assert overtaken(edit(typed={"name": "Süd"}, by_others={"name": "Nord"})) == ["name"]
    assert overtaken(edit(typed={"name": "Süd"}, by_others={"name": "Süd"})) == []


def test_what_was_emptied_is_sent_as_nothing():
    assert edit(typed={"number": "", "latitude": "", "longitude": ""}).arguments == {
        "number": None,
        "latitude": None,
        "longitude": None,
    }


def test_a_value_in_parts_is_sent_and_judged_as_a_whole():
    assert edit(typed={"latitude": "50"}).arguments == {"latitude": 50.0, "longitude": 10.9}
    moved = edit(typed={"latitude": "50"}, by_others={"longitude": 11.0})
    assert overtaken(moved) == ["longitude"]
    assert (moved.once_more.values["latitude"], moved.once_more.values["longitude"]) == ("50", "10,9")


def test_a_part_that_was_left_alone_is_sent_exactly_as_it_is():
    exact = {"latitude": 48.123456789, "longitude": 10.987654321}
    before = shown(PLACE, exact)
    assert Edit(PLACE, exact, before, before | {"latitude": "50"}).arguments["longitude"] == 10.987654321
    assert Edit(PLACE, exact, before, before).arguments == {}


def test_once_more_keeps_what_was_typed_and_takes_over_the_rest_so_that_sending_it_saves_the_former():
    others = {"name": "Nord", "number": "8"}
    again = edit(typed={"name": "Süd"}, by_others=others).once_more
    assert (again.values["name"], again.values["number"]) == ("Süd", "8")
    assert again.errors == {"name": "Inzwischen geändert in: Nord"}
    resent = Edit(FIELDS, ITEM | others, again.shown, again.values)
    assert (resent.arguments, resent.overtaken) == ({"name": "Süd"}, [])


def test_what_others_emptied_is_told_as_such():
    again = edit(typed={"number": "9"}, by_others={"number": None}).once_more
    assert again.errors == {"number": "Inzwischen gelöscht."}


def test_what_the_form_does_not_say_it_showed_counts_as_changed_by_the_person_alone():
    sent = shown(FIELDS, ITEM) | {"name": "Süd"}
    edited = Edit(FIELDS, ITEM | {"name": "Nord", "number": "8"}, {}, sent)
    assert (edited.arguments, edited.overtaken) == (ITEM | {"name": "Süd"}, [])


@pytest.mark.parametrize("forged", ["nonsense", "", "nan", "9" * 400])
@pytest.mark.parametrize("kind", ["text", YES, LINES, CHOICE, DATE, MOMENT, COORDINATE])
def test_nonsense_as_what_was_shown_does_no_harm(kind: str, forged: str):
    values = {YES: True, COORDINATE: 1.5, MOMENT: "2038-01-12T07:00:00+00:00"}
    field = Field("value", "Wert", kind)
    item = {"value": values.get(kind, "2038-01-12")}
    sent = shown([field], item)
    edited = Edit([field], item, {"value": forged}, sent)
    assert edited.arguments in ({}, {"value": field.given(sent["value"])})
    assert edited.overtaken == []


@pytest.mark.parametrize(
    ("field", "value", "other", "typed", "said"),
    [
        (Field("value", "Sprache", CHOICE, choices=LANGUAGES), "de", "en", "", "English"),
        (Field("value", "Eingebaut am", DATE), "2019-05-20", "2020-06-01", "2021-06-01", "1. Juni 2020"),
        (
            Field("value", "Beginn", MOMENT),
            "2038-01-12T07:00:00+00:00",
            "2038-01-13T07:00:00+00:00",
            "2038-01-12T09:00",
            "13. Januar 2038, 08:00 Uhr",
        ),
        (Field("value", "Breite", COORDINATE), 48.37, 50.5, "49", "50,5"),
        (Field("value", "Adresse", LINES), "Markt 1\r\nBonn", "Markt 2\r\nBonn", "Ring 3", "Markt 2\nBonn"),
    ],
)
def test_each_kind_of_value_is_compared_and_told(field: Field, value: str, other: str, typed: str, said: str):
    before, item = shown([field], {"value": value}), {"value": other}
    assert Edit([field], item, before, before).arguments == {}
    told = Edit([field], item, before, {"value": typed}).once_more.errors["value"]
    assert told.replace("\N{NO-BREAK SPACE}", " ") == f"Inzwischen geändert in: {said}"


def test_a_box_that_was_ticked_or_not_is_sent_only_when_that_changed():
    box = Field("mails", "E-Mails", YES)
    assert Edit([box], {"mails": True}, {"mails": ""}, {"mails": ""}).arguments == {}
    assert Edit([box], {"mails": True}, {"mails": "yes"}, {"mails": ""}).arguments == {"mails": False}


def test_the_same_value_written_otherwise_is_no_change():
    [latitude, _longitude] = PLACE
    assert latitude.same("48,3715", "48.3715")
    assert latitude.same("", "")
    assert not latitude.same("48", "")


def test_what_a_form_had_shown_is_read_from_it_as_far_as_it_says():
    form = {"name": "typed", "shown-name": " Filiale\r\nSüd ", "shown-more": "x"}
    with Flask(__name__).test_request_context(method="POST", data=form):
        assert shown_before(["name", "number"]) == {"name": "Filiale\nSüd"}
        assert is_outdated({"name": "Filiale", "number": "7"})
        assert not is_outdated({"number": "7"})
