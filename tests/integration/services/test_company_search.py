"""Staff find companies by the beginnings of words, and see them in the order of their names."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.contracts.errors import ValidationFailed
from tests.integration.services.belongings import add_contact, register
from tests.support.stack import Stack


def listed(portal: Stack, staff: str, search: str | None = None) -> list[str]:
    """The names of all companies found, page by page."""
    return [each["name"] for each in pages(portal, staff, search)]


def pages(portal: Stack, staff: str, search: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = portal.call("customers.companies", staff, search=search, cursor=cursor)
        found += page["items"]
        if (cursor := page["next"]) is None:
            return found


def test_companies_stand_in_the_order_in_which_people_sort_names(portal: Stack, staff: str):
    names = [
        "ähnlich",
        "Ahorn",
        "anders",
        "Bäckerei Öztürk",
        "„Öl & Gas“ 🛢",
        "Straße 7",
        "strassen",
        "Zimmerei",
    ]
    for name in reversed(names):
        register(portal, staff, name)
    assert listed(portal, staff) == names


@pytest.mark.parametrize(
    "search", ["Müller", "MUELLER", "muller", "müll", "Mu", "müller bäck", "baeck muell", "Bä,Mü"]
)
def test_a_company_is_found_however_its_umlauts_are_written(portal: Stack, staff: str, search: str):
    names = [f"Bäckerei {family}" for family in ("Mueller", "Muller", "Müller")]
    for name in [*names, "Bäckerei Maier", "Metzgerei Mölders"]:
        register(portal, staff, name)
    assert sorted(listed(portal, staff, search)) == names


@pytest.mark.parametrize(
    "search",
    [
        "Gasthof",
        "gast",
        "k-17",
        "17",
        "zoe",
        "Özt",
        "oezturk",
        "zoe.oeztuerk@example.com",
        "ZOE.Öztürk@ex",
        "example",
        "zoe post",
    ],
)
def test_a_company_is_found_by_its_name_number_and_contacts(portal: Stack, staff: str, search: str):
    company_id = register(portal, staff, "Gasthof zur Post", number="K-17")
    add_contact(portal, staff, company_id, email="zoe.oeztuerk@example.com")
    register(portal, staff, "Nachbar", number="L-4")
    assert listed(portal, staff, search) == ["Gasthof zur Post"]


@pytest.mark.parametrize(
    "search",
    ["osthof", "post nachbar", "posthotel", "zoe@example.com", "oeztuerk@example.com", "_", "%", "K-18", "🛢"],
)
def test_what_no_word_begins_with_finds_nothing(portal: Stack, staff: str, search: str):
    register(portal, staff, "Gasthof zur Post 🛢", number="K-17")
    assert listed(portal, staff, search) == []


def test_an_empty_search_is_refused_and_one_of_too_many_words_too(portal: Stack, staff: str):
    for words in (" ", "a b c d e f g h i j k"):
        with pytest.raises(ValidationFailed) as refused:
            portal.call("customers.companies", staff, search=words)
        assert refused.value.fields.keys() == {"search"}


def test_a_company_of_another_provider_is_not_found(portal: Stack, staff: str):
    register(portal, staff, "Gasthof Post", number="K-17")
    stranger = portal.provider("Maier Kältetechnik")
    assert listed(portal, stranger, "gasthof") == listed(portal, stranger, "K-17") == []


def test_a_search_follows_what_is_changed(portal: Stack, staff: str):
    company_id = register(portal, staff, "Gasthof Post", number="K-17")
    contact_id = add_contact(portal, staff, company_id, email="wirt@post.example.com")
    portal.call("customers.update_company", staff, company_id=company_id, name="Hotel Krone", number="K-18")
    portal.call("customers.update_contact", staff, contact_id=contact_id, last_name="Weiß")
    assert {word: listed(portal, staff, word) for word in ("gasthof", "K-17", "Özt")} == {
        "gasthof": [],
        "K-17": [],
        "Özt": [],
    }
    for word in ("hotel", "krone", "K-18", "Weiss", "Zoë", "wirt"):
        assert listed(portal, staff, word) == ["Hotel Krone"]
    portal.call("customers.remove_contact", staff, contact_id=contact_id)
    assert listed(portal, staff, "wirt") == []


def test_a_word_that_two_contacts_share_is_kept_while_one_has_it(portal: Stack, staff: str):
    company_id = register(portal, staff, "Gasthof Post")
    one, other = (add_contact(portal, staff, company_id) for _ in range(2))
    portal.call("customers.remove_contact", staff, contact_id=one)
    assert listed(portal, staff, "Öztürk") == ["Gasthof Post"]
    portal.call("customers.remove_contact", staff, contact_id=other)
    assert listed(portal, staff, "Öztürk") == []


def test_all_companies_are_come_by_page_by_page(portal: Stack, staff: str):
    with ThreadPoolExecutor(8) as threads:
        names = [f"Kunde {number % 40:03}" for number in range(110)]
        ids = set(threads.map(lambda name: register(portal, staff, name), names))
    for search in (None, "kunde", "k 0"):
        found = pages(portal, staff, search)
        assert [each["name"] for each in found] == sorted(names)
        assert {each["company_id"] for each in found} == ids
        assert len(found) == len(ids)


def cursor_of(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "ö",
        "=",
        "e30",
        cursor_of(["a"]),
        cursor_of(["a", "no id"]),
        cursor_of([1, 2]),
        cursor_of("ab"),
    ],
)
def test_a_cursor_that_is_none_is_refused(portal: Stack, staff: str, cursor: str):
    with pytest.raises(ValidationFailed) as refused:
        portal.call("customers.companies", staff, cursor=cursor)
    assert refused.value.fields.keys() == {"cursor"}
