"""Why somebody can see something: told to staff from the history, with the events that made it so."""

import pytest

from shared.contracts.errors import NotFound
from tests.integration.services.belongings import Belongings, add_contact, belongings, publish, submit
from tests.support.scene import Customer
from tests.support.stack import Stack


def viewers(
    portal: Stack, staff: str, customer: Customer, kind: str, id_: str
) -> list[tuple[str, list[str]]]:
    asked = {"company_id": customer.company_id, "thing": kind, "thing_id": id_}
    found = portal.call("portal_read.viewers", staff, **asked)["viewers"]
    return [(each["name"], spans(each["spans"])) for each in found]


def spans(found: list[dict]) -> list[str]:
    return [f"{each['since']['type']}–{(each['until'] or {}).get('type', '')}" for each in found]


def seen(portal: Stack, staff: str, owner: Belongings) -> dict[str, list[str]]:
    asked = {"company_id": owner.ids["company_id"], "contact_id": owner.ids["contact_id"]}
    items = portal.call("portal_read.seen_by", staff, **asked)["items"]
    return {each["thing_id"]: spans(each["spans"]) for each in items}


def test_what_came_later_than_an_account_is_seen_by_its_own_event(portal: Stack, owner: Belongings):
    customer, staff = owner.customer, owner.staff
    request = submit(portal, customer)
    assert viewers(portal, staff, customer, "request", request) == [("Jörg Müller", ["request_submitted–"])]
    [(_, of_site)] = viewers(portal, staff, customer, "site", customer.site_id)
    assert of_site == ["account_activated–"]
    assert seen(portal, staff, owner)[request] == ["request_submitted–"]


def test_a_contact_without_an_account_sees_nothing_and_is_named(portal: Stack, owner: Belongings):
    person = {"first_name": "Eva", "last_name": "Groß", "email": "eva@example.com"}
    company_id = owner.customer.company_id
    contact = portal.call("customers.add_contact", owner.staff, company_id=company_id, **person)["contact_id"]
    found = viewers(portal, owner.staff, owner.customer, "site", owner.customer.site_id)
    assert found[-1] == ("Eva Groß", [])
    asked = {"company_id": company_id, "contact_id": contact}
    assert portal.call("portal_read.seen_by", owner.staff, **asked) == {
        "name": "Eva Groß",
        "items": [],
        "next": None,
    }
    portal.call("customers.remove_contact", owner.staff, contact_id=contact)


def test_a_document_that_was_withdrawn_and_a_portal_that_was_off_end_what_was_seen(portal: Stack):
    staff = portal.provider()
    customer = portal.customer(staff)
    document = publish(portal, staff, customer)
    portal.call("invitation.deactivate_portal", staff)
    portal.call("invitation.activate_portal", staff)
    portal.call("documents.withdraw", staff, document_id=document)
    [(_, found)] = viewers(portal, staff, customer, "document", document)
    assert found == ["document_published–portal_deactivated", "portal_activated–document_withdrawn"]


def test_another_address_ends_what_a_contact_sees(portal: Stack):
    staff = portal.provider()
    customer = portal.customer(staff)
    company = portal.call("customers.company", staff, company_id=customer.company_id)
    portal.call(
        "customers.update_contact", staff, contact_id=company["main_contact_id"], email="neu@example.com"
    )
    [(_, found)] = viewers(portal, staff, customer, "site", customer.site_id)
    assert [each.partition("–")[2] for each in found] == ["contact_updated"]


def test_what_a_contact_could_see_is_told_also_once_they_were_removed(portal: Stack):
    staff = portal.provider()
    customer = portal.customer(staff)
    company_id = customer.company_id
    left = portal.call("customers.company", staff, company_id=company_id)["main_contact_id"]
    other = add_contact(portal, staff, company_id)
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=other)
    portal.call("customers.remove_contact", staff, contact_id=left)
    told = portal.call("portal_read.seen_by", staff, company_id=company_id, contact_id=left)
    [site] = told["items"]
    assert (told["name"], site["name"]) == ("Jörg Müller", "Filiale Süd")
    assert spans(site["spans"]) == ["account_activated–contact_removed"]


def test_a_long_report_comes_in_pages(portal: Stack):
    staff = portal.provider()
    customer = portal.customer(staff)
    sites = [
        portal.call(
            "customers.add_site", staff, company_id=customer.company_id, name=f"Filiale {n}", address="Ort"
        )["site_id"]
        for n in range(51)
    ]
    company = portal.call("customers.company", staff, company_id=customer.company_id)
    asked = {"company_id": customer.company_id, "contact_id": company["main_contact_id"]}
    first = portal.call("portal_read.seen_by", staff, **asked)
    rest = portal.call("portal_read.seen_by", staff, **asked, cursor=first["next"])
    assert [each["thing_id"] for each in first["items"]][:3] == sites[:-4:-1]
    assert {each["thing_id"] for each in first["items"] + rest["items"]} == {*sites, customer.site_id}
    assert rest["next"] is None


def test_of_others_nothing_is_told(portal: Stack, owner: Belongings):
    stranger = belongings(portal, portal.provider())
    for asked in (
        {"company_id": stranger.ids["company_id"], "thing": "site", "thing_id": stranger.ids["site_id"]},
        {"company_id": owner.ids["company_id"], "thing": "site", "thing_id": stranger.ids["site_id"]},
        {"company_id": owner.ids["company_id"], "thing": "document", "thing_id": owner.ids["site_id"]},
    ):
        with pytest.raises(NotFound):
            portal.call("portal_read.viewers", owner.staff, **asked)
    for company, contact in ((stranger, stranger), (owner, stranger)):
        asked = {"company_id": company.ids["company_id"], "contact_id": contact.ids["contact_id"]}
        with pytest.raises(NotFound):
            portal.call("portal_read.seen_by", owner.staff, **asked)
