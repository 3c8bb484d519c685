"""Staff keep what is known of their provider's customers."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from shared.contracts.errors import Conflict, InvalidTransition, NotFound, ValidationFailed
from tests.integration.services.belongings import add_contact, register
from tests.support.stack import Stack

ODD_NAME = "Öl & Gas <b>„Südwärme“</b> 🛢"


@pytest.fixture
def company_id(portal: Stack, staff: str) -> str:
    return register(portal, staff, "Gasthof Post")


def test_a_provider_is_shown_to_its_staff_and_its_customers(portal: Stack, staff: str):
    customer = portal.customer(staff)
    provider = portal.call("customers.provider", staff)
    assert (provider["name"], provider["email"]) == ("Huber Heizungsbau GmbH", "info@huber.example.com")
    assert portal.call("customers.provider", customer.token) == provider


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "info@"), ("phone", "ruf mich an"), ("name", " "), ("name", "x" * 201), ("name", "a\nb")],
)
def test_a_provider_is_registered_with_good_details_only(portal: Stack, field: str, value: str):
    details = {"name": "Huber", "email": "info@huber.example.com"} | {field: value}
    with pytest.raises(ValidationFailed) as refused:
        portal.call("customers.register_provider", portal.operator, **details)
    assert refused.value.fields.keys() == {field}


def test_a_company_is_shown_with_all_that_belongs_to_it(portal: Stack, staff: str):
    company_id = register(portal, staff, ODD_NAME, number="K-17")
    contact_id = add_contact(portal, staff, company_id, phone="+49 89 123456")
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=contact_id)
    site = {
        "name": "Filiale Süd",
        "address": "Bahnhofstraße 1\n80335 München",
        "latitude": 48.14,
        "longitude": 11.56,
    }
    site_id = portal.call("customers.add_site", staff, company_id=company_id, **site)["site_id"]
    device = {"name": "Kessel", "manufacturer": "Viessmann", "model": "300", "serial_number": "X-1"}
    device |= {"installed_on": "2019-05-02"}
    equipment_id = portal.call("customers.add_equipment", staff, site_id=site_id, **device)["equipment_id"]
    person = {
        "first_name": "Zoë",
        "last_name": "Öztürk",
        "email": "zoe@example.com",
        "phone": "+49 89 123456",
    }
    assert portal.call("customers.company", staff, company_id=company_id) == {
        "company_id": company_id,
        "name": ODD_NAME,
        "number": "K-17",
        "main_contact_id": contact_id,
        "contacts": [{"contact_id": contact_id, **person, "notifications_enabled": True, "language": "de"}],
        "sites": [{"site_id": site_id, **site}],
        "equipment": [{"equipment_id": equipment_id, "site_id": site_id, **device}],
    }


def test_names_are_given_of_what_is_the_providers_own_and_still_there(
    portal: Stack, staff: str, company_id: str
):
    def site(of: str, by: str, name: str) -> str:
        place = {"company_id": of, "name": name, "address": "Marktplatz 1"}
        return str(portal.call("customers.add_site", by, **place)["site_id"])

    kept, removed = site(company_id, staff, "Café Österreich"), site(company_id, staff, "Lager")
    device = portal.call("customers.add_equipment", staff, site_id=kept, name="Gastherme")["equipment_id"]
    portal.call("customers.remove_site", staff, site_id=removed)
    stranger = portal.provider()
    foreign = register(portal, stranger, "Fremd")
    asked = {
        "company_ids": [foreign, company_id],
        "site_ids": [removed, kept, site(foreign, stranger, "Fremd"), company_id],
        "equipment_ids": [device],
    }
    assert portal.call("customers.names", staff, **asked) == {
        "companies": [
            {
                "id": company_id,
                "name": portal.call("customers.company", staff, company_id=company_id)["name"],
            }
        ],
        "sites": [{"id": kept, "name": "Café Österreich"}],
        "equipment": [{"id": device, "name": "Gastherme"}],
    }
    with pytest.raises(ValidationFailed):
        portal.call("customers.names", staff, site_ids=[kept] * 201)


def test_a_contact_is_removed_but_not_the_main_contact(portal: Stack, staff: str, company_id: str):
    one, other = (add_contact(portal, staff, company_id) for _ in range(2))
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=one)
    with pytest.raises(InvalidTransition, match="choose another main contact first"):
        portal.call("customers.remove_contact", staff, contact_id=one)
    portal.call("customers.remove_contact", staff, contact_id=other)
    company = portal.call("customers.company", staff, company_id=company_id)
    assert [contact["contact_id"] for contact in company["contacts"]] == [one]


def test_the_main_contact_is_one_of_the_companys_own(portal: Stack, staff: str, company_id: str):
    elsewhere = add_contact(portal, staff, register(portal, staff, "Nachbar"))
    with pytest.raises(NotFound, match="No such contact"):
        portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=elsewhere)


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"latitude": 48.14}, "latitude"),
        ({"longitude": 11.56}, "latitude"),
        ({"latitude": 90.1, "longitude": 0}, "latitude"),
        ({"latitude": 0, "longitude": -180.1}, "longitude"),
        ({"latitude": "48.14", "longitude": 11.56}, "latitude"),
        ({"name": ""}, "name"),
        ({"address": "a\x00b"}, "address"),
    ],
)
def test_a_site_is_somewhere_on_earth(portal: Stack, staff: str, company_id: str, place, field: str):
    details = {"name": "Süd", "address": "Bahnhofstraße 1"} | place
    with pytest.raises(ValidationFailed) as refused:
        portal.call("customers.add_site", staff, company_id=company_id, **details)
    assert refused.value.fields.keys() == {field}
    assert portal.call("customers.company", staff, company_id=company_id)["sites"] == []


def test_contacts_added_at_the_same_moment_are_all_kept(portal: Stack, staff: str, company_id: str):
    with ThreadPoolExecutor(3) as threads:
        added = set(threads.map(lambda _: add_contact(portal, staff, company_id), range(3)))
    company = portal.call("customers.company", staff, company_id=company_id)
    assert {contact["contact_id"] for contact in company["contacts"]} == added


def test_a_command_that_is_sent_twice_is_done_once(portal: Stack, staff: str):
    command = str(uuid4())
    first, again = (register(portal, staff, "Gasthof Post", command_id=command) for _ in range(2))
    assert first == again
    assert [each["company_id"] for each in portal.call("customers.companies", staff)["items"]] == [first]
    with pytest.raises(Conflict, match="used before with other arguments"):
        register(portal, staff, "Gasthof Krone", command_id=command)
