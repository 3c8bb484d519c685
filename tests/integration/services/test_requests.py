"""Customers ask for work; each request has a number of its own and is found in its place."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from shared.contracts.errors import Conflict, ValidationFailed
from tests.integration.services.answering import answer, at_once
from tests.integration.services.attaching import attachment_of_a_colleague
from tests.integration.services.belongings import REQUEST, attach, submit
from tests.support.file_contents import pdf
from tests.support.scene import Customer
from tests.support.stack import Stack


def all_pages(portal: Stack, target: str, token: str, **arguments: Any) -> list[Any]:
    """The items of every page of a list, and none of the pages empty but the only one."""
    items, cursor = [], None
    while True:
        page = portal.call(target, token, **arguments, cursor=cursor)
        assert page["items"] or cursor is None
        items += page["items"]
        if (cursor := page["next"]) is None:
            return items


def numbers(count: int) -> list[str]:
    year = datetime.now(ZoneInfo("Europe/Berlin")).year
    return [f"A-{year}-{number:05d}" for number in range(1, count + 1)]


def test_numbers_run_without_a_gap_or_a_double_whoever_submits_at_once(portal: Stack, staff: str):
    customers = [portal.customer(staff) for _ in range(2)]
    other_site = portal.call(
        "customers.add_site", staff, company_id=customers[0].company_id, name="Nord", address="Marktplatz 2"
    )["site_id"]

    def good(customer: Customer) -> Any:
        return portal.call("requests.submit", customer.token, site_id=customer.site_id, **REQUEST)

    def refused() -> Any:
        """Refused when its number has been taken already, which goes back with all the rest."""
        device = customers[0].equipment_id
        return submit(portal, customers[0], site_id=other_site, equipment_id=device)

    calls = [call for one in customers for call in [lambda one=one: good(one)] * 4 + [refused]] * 4
    made = at_once(calls)
    given = [each["number"] for each in made if not isinstance(each, ValidationFailed)]
    assert sorted(given) == numbers(32)
    assert [each["number"] for each in at_once([lambda: good(customers[0])])] == numbers(33)[-1:]


def test_each_provider_counts_its_own_requests(portal: Stack, customer: Customer):
    elsewhere = portal.customer(portal.provider("Maier Kältetechnik"))
    for one in (customer, elsewhere):
        request_id = submit(portal, one)
        number = portal.call("requests.request", one.token, request_id=request_id)["number"]
        assert number == numbers(1)[0]


def test_a_request_that_is_submitted_twice_is_one_request(portal: Stack, customer: Customer):
    command = str(uuid4())
    ids = at_once([lambda: submit(portal, customer, command_id=command)] * 4)
    assert len(set(ids)) == 1
    assert len(all_pages(portal, "requests.requests", customer.token)) == 1
    with pytest.raises(Conflict):
        submit(portal, customer, command_id=command, title="Etwas anderes")


def test_a_request_is_shown_as_it_was_made(portal: Stack, staff: str, customer: Customer):
    details = {"title": "Öl läuft aus 🛢 <b>", "description": "Zeile 1\nZeile 2"}
    request_id = submit(portal, customer, **details, equipment_id=customer.equipment_id)
    seen = portal.call("requests.request", customer.token, request_id=request_id)
    assert seen == portal.call("requests.request", staff, request_id=request_id)
    assert {name: seen[name] for name in details} == details
    assert (seen["site_id"], seen["equipment_id"]) == (customer.site_id, customer.equipment_id)
    assert (seen["status"], seen["answered_at"], seen["company_id"]) == (
        "submitted",
        None,
        customer.company_id,
    )


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"title": "ab"}, "title"),
        ({"title": "  ab  "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"title": "eine\nzweite"}, "title"),
        ({"title": None}, "title"),
        ({"description": "x" * 10_001}, "description"),
        ({"description": 7}, "description"),
        ({"site_id": "Süd"}, "site_id"),
        ({"attachment_ids": [str(uuid4())]}, "attachment_ids"),
        ({"attachment_ids": [str(uuid4()) for _ in range(11)]}, "attachment_ids"),
        ({"command_id": ""}, "command_id"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_of_its_field(
    portal: Stack, customer: Customer, details, field: str
):
    with pytest.raises(ValidationFailed) as refused:
        submit(portal, customer, **details)
    assert refused.value.fields.keys() == {field}


@pytest.mark.parametrize("title", ["Öl!", "ü" * 120, "  Öl!  "])
def test_a_title_has_3_to_120_characters_without_the_blanks_around_it(
    portal: Stack, customer: Customer, title
):
    request_id = submit(portal, customer, title=title, description="x" * 10_000)
    assert portal.call("requests.request", customer.token, request_id=request_id)["title"] == title.strip()


def test_equipment_must_be_at_the_chosen_site_and_the_site_ones_own(
    portal: Stack, staff: str, customer: Customer
):
    neighbour = portal.customer(staff)
    for details, field in (
        ({"site_id": neighbour.site_id}, "site_id"),
        ({"equipment_id": neighbour.equipment_id}, "equipment_id"),
    ):
        with pytest.raises(ValidationFailed) as refused:
            submit(portal, customer, **details)
        assert refused.value.fields.keys() == {field}
    assert all_pages(portal, "requests.requests", customer.token) == []


def test_attachments_that_the_author_stored_go_with_a_request_in_their_order(
    portal: Stack, staff: str, customer: Customer
):
    ids = [attach(portal, customer, pdf(str(number))) for number in range(10)][::-1]
    request_id = submit(portal, customer, attachment_ids=ids)
    for token in (customer.token, staff):
        assert portal.call("requests.request", token, request_id=request_id)["attachment_ids"] == ids


def test_attachments_of_others_and_doubles_are_refused_and_nothing_is_submitted(
    portal: Stack, portal_database: Engine, staff: str, customer: Customer
):
    own = attach(portal, customer)
    colleagues = attachment_of_a_colleague(portal_database, customer)
    neighbours = attach(portal, portal.customer(staff))
    answers = set()
    for ids in ([own, colleagues], [own, neighbours], [own, str(uuid4())], [own, customer.site_id]):
        with pytest.raises(ValidationFailed) as refused:
            submit(portal, customer, attachment_ids=ids)
        answers.add(str(refused.value.fields))
    assert len(answers) == 1
    assert "attachment_ids" in answers.pop()
    with pytest.raises(ValidationFailed) as refused:
        submit(portal, customer, attachment_ids=[own, own])
    assert refused.value.fields.keys() == {"attachment_ids"}
    assert all_pages(portal, "requests.requests", customer.token) == []


def test_120_requests_are_come_by_page_by_page_without_a_gap_or_a_double(
    portal: Stack, staff: str, customer: Customer
):
    ids = at_once([lambda: submit(portal, customer)] * 120)
    for target, token in (
        ("requests.requests", customer.token),
        ("requests.requests", staff),
        ("portal_read.requests", customer.token),
    ):
        if target == "portal_read.requests":
            position = answer(portal, staff, customer, ids[0], "decline")["position"]
            portal.call("portal_read.dashboard", customer.token, at_least=position)
        found = [each["request_id"] for each in all_pages(portal, target, token)]
        assert found == sorted(ids, reverse=True)
    by_status = Counter({"submitted": 119, "declined": 1, "accepted": 0})
    for status, count in by_status.items():
        for target in ("requests.requests", "portal_read.requests"):
            assert len(all_pages(portal, target, customer.token, status=status)) == count


@pytest.mark.parametrize("target", ["requests.requests", "portal_read.requests", "portal_read.appointments"])
@pytest.mark.parametrize("cursor", ["nonsense", "ö", "W10", "WyJhIl0", "WzFd", "bnVsbA", "W1siYSJdXQ"])
def test_a_cursor_that_is_none_is_refused(portal: Stack, target: str, cursor: str, owner):
    when = {"when": "past"} if target == "portal_read.appointments" else {}
    with pytest.raises(ValidationFailed) as refused:
        portal.call(target, owner.customer.token, cursor=cursor, **when)
    assert refused.value.fields.keys() == {"cursor"}
