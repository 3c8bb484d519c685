"""A customer's sites in pages, on a map, and found by what they are called; and single things of the view."""

from typing import Any

import pytest

from shared.contracts.values import NAME_CHARACTERS
from tests.integration.services.belongings import Belongings, at_head, read
from tests.support.scene import Customer
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def many(portal: Stack) -> Customer:
    """A customer with 61 sites: three besides those with a number."""
    staff = portal.provider()
    customer = portal.customer(staff)
    add_site(portal, staff, customer, name="Ärztehaus 100%", address="Weg 1", latitude=48.1, longitude=11.5)
    add_site(portal, staff, customer, name="ärztehaus neu", address="Straße_2")
    for number in range(58):
        add_site(
            portal, staff, customer, name=f"Filiale {number:02}", address="Ort", latitude=50, longitude=8
        )
    read(portal, customer, at_least=at_head(portal, staff))
    return customer


def add_site(portal: Stack, staff: str, customer: Customer, **site: Any) -> None:
    portal.call("customers.add_site", staff, company_id=customer.company_id, **site)


def names(portal: Stack, customer: Customer, method: str = "sites", **asked: Any) -> list[str]:
    """The names in all pages of a list."""
    found: list[str] = []
    cursor = None
    while True:
        page = read(portal, customer, method, cursor=cursor, **asked)
        assert len(page["items"]) <= 50
        found += [each["name"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found


def test_sites_come_in_pages_each_once_in_the_order_of_their_names(portal: Stack, many: Customer) -> None:
    listed = names(portal, many)
    assert len(listed) == len(set(listed)) == 61
    assert listed[:2] == ["Ärztehaus 100%", "ärztehaus neu"]
    assert [each for each in listed if each.startswith("Filiale 0")] == [f"Filiale {n:02}" for n in range(10)]
    assert read(portal, many)["counts"]["sites"] == 61


def test_a_list_goes_on_behind_the_longest_names_that_there_are(portal: Stack) -> None:
    staff = portal.provider()
    customer = portal.customer(staff)
    longest = "\N{DESERET SMALL LETTER LONG I}" * NAME_CHARACTERS
    site = {"company_id": customer.company_id, "name": longest, "address": "Ort"}
    site_id = portal.call("customers.add_site", staff, **site)["site_id"]
    devices = [f"{number:02}{longest[2:]}" for number in range(51)]
    for name in devices:
        portal.call("customers.add_equipment", staff, site_id=site_id, name=name)
    read(portal, customer, at_least=at_head(portal, staff))
    assert names(portal, customer, "equipment", site_id=site_id) == devices


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("filiale 07", ["Filiale 07"]),
        ("07 FIL", ["Filiale 07"]),
        ("ÄRZTE", ["Ärztehaus 100%", "ärztehaus neu"]),
        ("weg", ["Ärztehaus 100%"]),
        ("0%", ["Ärztehaus 100%"]),
        ("e_2", ["ärztehaus neu"]),
        ("nirgends", []),
    ],
)
def test_a_site_is_found_by_parts_of_the_words_of_name_and_address(
    portal: Stack, many: Customer, search: str, found: list[str]
) -> None:
    assert sorted(names(portal, many, search=search)) == sorted(found)


def test_the_map_has_all_sites_with_coordinates_and_no_others(portal: Stack, many: Customer) -> None:
    points = read(portal, many, "site_map")["points"]
    assert len(points) == 60
    assert "ärztehaus neu" not in [point["name"] for point in points]
    [point] = [point for point in points if point["name"] == "Ärztehaus 100%"]
    assert (point["latitude"], point["longitude"]) == (48.1, 11.5)


def test_the_map_shows_where_something_is_open_or_planned(portal: Stack, owner: Belongings) -> None:
    [point] = read(portal, owner.customer, "site_map", at_least=owner.position)["points"]
    assert (point["site_id"], point["open_requests"], point["upcoming_appointments"]) == (
        owner.ids["site_id"],
        2,
        1,
    )


def test_equipment_is_found_by_what_it_and_its_site_are_called(portal: Stack, owner: Belongings) -> None:
    for search in ("KESSEL", "süd gas", "filiale"):
        assert names(portal, owner.customer, "equipment", search=search) == ["Gasbrennwertkessel"]
    assert names(portal, owner.customer, "equipment", search="Wärmepumpe") == []


def test_one_appointment_and_one_document_can_be_asked_for(portal: Stack, owner: Belongings) -> None:
    found = read(portal, owner.customer, "appointment", appointment_id=owner.ids["appointment_id"])
    assert (found["site_name"], found["site_address"]) == ("Filiale Süd", "Bahnhofstraße 1, 80335 München")
    found = read(portal, owner.customer, "document", document_id=owner.ids["document_id"])
    assert found["kind"] == "service_report"
