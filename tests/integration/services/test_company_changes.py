"""Staff change and remove what is known of their provider's customers; customers change their own contact."""

from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from shared.contracts.errors import Conflict, Forbidden, NotFound, ValidationFailed
from tests.integration.services.answering import at_once
from tests.integration.services.belongings import add_contact, amounts, read, register
from tests.support.stack import Stack


@pytest.fixture
def company_id(portal: Stack, staff: str) -> str:
    return register(portal, staff, "Gasthof Post", number="K-17")


def company(portal: Stack, staff: str, company_id: str):
    return portal.call("customers.company", staff, company_id=company_id)


def contact(portal: Stack, staff: str, company_id: str):
    return company(portal, staff, company_id)["contacts"][0]


def test_a_provider_changes_its_own_details(portal: Stack, staff: str):
    changes = {
        "name": "Huber & Sohn",
        "phone": "+49 89 123456",
        "address": "Hof 1\n80331 München",
        "language": "en",
    }
    before = portal.call("customers.provider", staff)
    portal.call("customers.update_provider", staff, **changes)
    assert portal.call("customers.provider", staff) == before | changes
    portal.call("customers.update_provider", staff, phone=None)
    assert portal.call("customers.provider", staff)["phone"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "info@"}, "email"),
        ({"name": None}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"language": "fr"}, "language"),
    ],
)
def test_a_provider_keeps_good_details(portal: Stack, staff: str, changes, field: str):
    with pytest.raises(ValidationFailed) as refused:
        portal.call("customers.update_provider", staff, **changes)
    assert refused.value.fields.keys() == {field}


def test_a_company_is_changed_in_what_is_given(portal: Stack, staff: str, company_id: str):
    portal.call("customers.update_company", staff, company_id=company_id, name="Hotel Post")
    changed = company(portal, staff, company_id)
    assert (changed["name"], changed["number"]) == ("Hotel Post", "K-17")
    portal.call("customers.update_company", staff, company_id=company_id, number=None)
    assert company(portal, staff, company_id)["number"] is None
    listed = portal.call("customers.companies", staff)["items"]
    assert listed == [{"company_id": company_id, "name": "Hotel Post", "number": None}]


def test_a_change_that_changes_nothing_appends_nothing(
    portal: Stack, portal_database: Engine, staff: str, company_id: str
):
    contact_id = add_contact(portal, staff, company_id)
    place = {"name": "Süd", "address": "Hof 1", "latitude": 48.14, "longitude": 11.56}
    site_id = portal.call("customers.add_site", staff, company_id=company_id, **place)["site_id"]
    device = {"name": "Kessel", "model": "300", "installed_on": "2019-05-02"}
    equipment_id = portal.call("customers.add_equipment", staff, site_id=site_id, **device)["equipment_id"]
    provider = portal.call("customers.provider", staff)
    before = amounts(portal_database, provider["provider_id"])
    for method, values in {
        "update_provider": {"name": provider["name"], "email": provider["email"]},
        "update_company": {"company_id": company_id, "name": "Gasthof Post", "number": "K-17"},
        "update_contact": {"contact_id": contact_id, "last_name": "Öztürk"},
        "update_site": {"site_id": site_id, **place},
        "update_equipment": {"equipment_id": equipment_id, **device},
    }.items():
        assert portal.call(f"customers.{method}", staff, **values).keys() == {"position"}
    assert amounts(portal_database, provider["provider_id"]) == before


def test_a_number_belongs_to_one_company_of_a_provider(portal: Stack, staff: str, company_id: str):
    with pytest.raises(Conflict, match="Another company has the number K-17") as refused:
        register(portal, staff, "Nachbar", number="K-17")
    assert refused.value.details == {"number": "K-17"}
    neighbour = register(portal, staff, "Nachbar", number="K-18")
    with pytest.raises(Conflict, match="K-17"):
        portal.call("customers.update_company", staff, company_id=neighbour, name="Anders", number="K-17")
    unchanged = company(portal, staff, neighbour)
    assert (unchanged["name"], unchanged["number"]) == ("Nachbar", "K-18")
    register(portal, portal.provider("Maier Kältetechnik"), "Fremd", number="K-17")


def test_a_number_that_was_given_up_can_be_had(portal: Stack, staff: str, company_id: str):
    portal.call("customers.update_company", staff, company_id=company_id, number="K-20")
    register(portal, staff, "Nachbar", number="K-17")
    with pytest.raises(Conflict, match="K-20"):
        register(portal, staff, "Noch einer", number="K-20")


def test_of_several_companies_with_one_number_at_once_one_gets_it(portal: Stack, staff: str):
    results = at_once([partial(register, portal, staff, f"Kunde {each}", number="K-1") for each in range(8)])
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 7
    others = [register(portal, staff, f"Anderer {each}") for each in range(4)]
    update = partial(portal.call, "customers.update_company", staff)
    results = at_once([partial(update, company_id=each, number="K-2") for each in others])
    assert sum(isinstance(result, dict) for result in results) == 1


def test_changes_of_one_company_at_the_same_moment_are_all_kept(portal: Stack, staff: str, company_id: str):
    contact_id = add_contact(portal, staff, company_id)
    calls = [partial(add_contact, portal, staff, company_id, last_name=f"Neu{each}") for each in range(6)]
    change = partial(portal.call, "customers.update_contact", staff, contact_id=contact_id)
    calls += [
        partial(change, phone="+49 89 123456"),
        partial(change, language="en"),
        partial(change, last_name="Weiß"),
    ]
    assert all(isinstance(result, str | dict) for result in at_once(calls))
    people = company(portal, staff, company_id)["contacts"]
    first = next(each for each in people if each["contact_id"] == contact_id)
    assert (first["phone"], first["language"], first["last_name"]) == ("+49 89 123456", "en", "Weiß")
    assert len(people) == 7
    for word in ("weiss", *(f"neu{each}" for each in range(6))):
        assert len(portal.call("customers.companies", staff, search=word)["items"]) == 1


def test_staff_change_any_contact_of_their_customers(portal: Stack, staff: str, company_id: str):
    contact_id = add_contact(portal, staff, company_id, phone="+49 89 123456")
    changes = {
        "first_name": "Jörg",
        "email": "joerg@example.com",
        "notifications_enabled": False,
        "phone": None,
    }
    before = contact(portal, staff, company_id)
    portal.call("customers.update_contact", staff, contact_id=contact_id, **changes)
    assert contact(portal, staff, company_id) == before | changes


@pytest.mark.parametrize(
    "email", ["zoe", "zoe example@example.com", "@example.com", "a@b@c d", "", "x@" + "y" * 253]
)
def test_what_can_not_be_an_address_is_refused(portal: Stack, staff: str, company_id: str, email: str):
    contact_id = add_contact(portal, staff, company_id, email=None)
    for refusing in (
        partial(add_contact, portal, staff, company_id, email=email),
        partial(portal.call, "customers.update_contact", staff, contact_id=contact_id, email=email),
    ):
        with pytest.raises(ValidationFailed) as refused:
            refusing()
        assert refused.value.fields.keys() == {"email"}


@pytest.mark.parametrize(
    "email", ["zoë.öztürk@müller.example", "zoe@", "a@b", '"zoe"@example.com', "o'hara+1@x.example"]
)
def test_an_odd_address_can_be_noted(portal: Stack, staff: str, company_id: str, email: str):
    add_contact(portal, staff, company_id, email=email)
    assert contact(portal, staff, company_id)["email"] == email


def test_customers_change_their_own_contact(portal: Stack, staff: str):
    customer = portal.customer(staff)
    before = contact(portal, staff, customer.company_id)
    changes = {
        "phone": "+49 89 1",
        "first_name": "Georg",
        "last_name": "Maier",
        "notifications_enabled": False,
    }
    own = portal.call(
        "customers.update_contact", customer.token, contact_id=before["contact_id"], **changes, language="en"
    )
    assert contact(portal, staff, customer.company_id) == before | changes | {"language": "en"}
    assert read(portal, customer, "settings", at_least=own["position"])["contact"]["last_name"] == "Maier"


def test_customers_change_neither_their_address_nor_anybody_else(portal: Stack, staff: str):
    customer = portal.customer(staff)
    own = contact(portal, staff, customer.company_id)
    with pytest.raises(Forbidden, match="Only your provider can change your e-mail address"):
        portal.call(
            "customers.update_contact",
            customer.token,
            contact_id=own["contact_id"],
            phone="+49 89 1",
            email="neu@example.com",
        )
    colleague = add_contact(portal, staff, customer.company_id)
    for other in (colleague, str(uuid4())):
        with pytest.raises(NotFound, match="No such contact"):
            portal.call("customers.update_contact", customer.token, contact_id=other, phone="+49 89 1")
    assert contact(portal, staff, customer.company_id) == own


def test_who_was_removed_is_no_contact_any_more(portal: Stack, staff: str, company_id: str):
    contact_id = add_contact(portal, staff, company_id)
    portal.call("customers.remove_contact", staff, contact_id=contact_id)
    for method in ("remove_contact", "update_contact"):
        with pytest.raises(NotFound, match="No such contact"):
            portal.call(f"customers.{method}", staff, contact_id=contact_id)
