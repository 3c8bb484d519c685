"""Staff keep their companies: contacts, sites, equipment, and who is invited to the portal."""

from typing import Any

import pytest

from tests.integration.gateway.browser import Browser, Page
from tests.integration.gateway.conftest import Company
from tests.integration.services.belongings import submit
from tests.support.stack import Stack


@pytest.fixture
def company(staff: Browser) -> Page:
    """The page of a company that was just added."""
    page = staff.open("/provider/companies/new").submit(name="Gasthof Post", number="4711")
    assert "Das Unternehmen ist angelegt." in page.text
    return page


def add_contact(company: Page, **typed: str) -> Page:
    person = {"first_name": "Zoë", "last_name": "Öztürk", "email": "zoe@example.com"}
    return company.browser.open(f"{company.path}/contacts/new").submit(**person | typed)


def seen(portal: Stack, people: Company, company: Page) -> Any:
    company_id = company.path.rpartition("/")[2]
    return portal.call("customers.company", people.staff_token, company_id=company_id)


@pytest.mark.parametrize("search", ["gasth", "4711", "oztu", "zoe@example.com"])
def test_a_company_is_found_by_name_number_contact_and_mail(
    staff: Browser, company: Page, search: str
) -> None:
    add_contact(company)
    found = staff.open(f"/provider/companies?search={search}")
    assert company.path in found.html
    assert "Bäckerei Müller" not in found.text
    assert found.form("/companies").fields["search"] == search


def test_a_search_that_finds_nothing_says_so(staff: Browser) -> None:
    for search in ("nirgends", " ".join("abcdefghijkl")):
        assert "Kein Unternehmen gefunden" in staff.open(f"/provider/companies?search={search}").text


def test_a_number_that_is_taken_is_refused_and_what_was_typed_stays(staff: Browser, company: Page) -> None:
    refused = staff.open("/provider/companies/new").submit(name="Gasthof Krone", number="4711")
    assert (refused.status, refused.form().fields["name"]) == (409, "Gasthof Krone")
    assert "Diese Nummer ist schon vergeben." in refused.text
    page = refused.submit(number="4712")
    edited = staff.open(f"{page.path}/edit").submit(name="Gasthof zur Krone", number="")
    assert "Gasthof zur Krone" in edited.text
    assert "Kundennummer" not in edited.text


def test_the_page_names_what_is_missing_for_an_invitation_and_mends_it(
    portal: Stack, people: Company, staff: Browser, company: Page
) -> None:
    portal.call("invitation.deactivate_portal", people.staff_token)
    page = staff.open(company.path)
    for text in ("Das Plugin „Kundenportal“ ist ausgeschaltet.", "Es gibt noch keinen Hauptansprechpartner."):
        assert text in page.text
    page = page.submit("/portal/activate")
    assert (page.path, "Das Plugin „Kundenportal“ ist" in page.text) == (company.path, False)
    page = add_contact(company, email="zoe@", notifications_enabled="")
    page = page.submit("/main")
    for text in ("keine gültige E-Mail-Adresse", "ist die Kundenbenachrichtigung ausgeschaltet"):
        assert text in page.text
    page = page.submit("/notify")
    assert "Kundenbenachrichtigung ist an" in page.text
    contact_id = seen(portal, people, company)["main_contact_id"]
    page = staff.open(f"{company.path}/contacts/{contact_id}/edit").submit(email="zoe@example.com")
    assert "Einladbar Zoë Öztürk bekommt an zoe@example.com einen Link, der 14 Tage gilt." in page.text
    page = page.submit("/invitations")
    assert "Die Einladung ist unterwegs." in page.text
    assert "Einladung an zoe@example.com" in page.text


def test_an_invitation_is_sent_again_and_taken_back(staff: Browser, company: Page) -> None:
    add_contact(company).submit("/main").submit("/invitations")
    page = staff.open(company.path).submit("/resend")
    assert "Die Einladung ist noch einmal unterwegs." in page.text
    revoke = next(address for address in page.links if "/revoke" in address)
    asked = staff.open(revoke)
    assert "Der Link in der E-Mail an zoe@example.com gilt dann nicht mehr." in asked.text
    page = asked.submit()
    assert "Die Einladung ist zurückgenommen." in page.text
    assert "Ins Portal einladen" in page.text


def test_the_list_says_how_far_each_company_has_come_into_the_portal(staff: Browser, company: Page) -> None:
    listed = staff.open("/provider/companies")
    assert "Bäckerei Müller Hat Zugang seit" in listed.text
    assert "Kundennummer 4711 Nicht eingeladen" in listed.text
    add_contact(company).submit("/main").submit("/invitations")
    assert "Kundennummer 4711 Eingeladen seit" in staff.open("/provider/companies?search=4711").text


def test_all_invitations_are_listed_by_state_and_ended_from_there(staff: Browser, company: Page) -> None:
    add_contact(company).submit("/main").submit("/invitations")
    page = staff.open("/provider/invitations")
    for text in ("Gasthof Post zoe@example.com", "Bäckerei Müller", "Unterwegs", "Angenommen"):
        assert text in page.text
    waiting = staff.open("/provider/invitations?state=open")
    assert ("Gasthof Post" in waiting.text, "Bäckerei Müller" in waiting.text) == (True, False)
    again = waiting.submit("/resend")
    assert "Die Einladung ist noch einmal unterwegs." in again.text
    assert again.address == "/provider/invitations?state=open"
    revoke = next(address for address in again.links if "/revoke" in address)
    ended = staff.open(revoke).submit()
    assert "Die Einladung ist zurückgenommen." in ended.text
    assert (ended.address, "Gasthof Post" in ended.text) == ("/provider/invitations?state=open", False)
    assert "Keine Einladung mit diesem Status" in ended.text
    assert "Gasthof Post" in staff.open("/provider/invitations?state=revoked").text


def test_who_can_sign_in_is_not_invited_again(staff: Browser, people: Company) -> None:
    page = staff.open(f"/provider/companies/{people.customer.company_id}")
    assert "Der Hauptansprechpartner kann sich anmelden." in page.text
    assert "Ins Portal einladen" not in page.text


def test_a_contact_with_half_an_address_is_told_what_one_looks_like(company: Page) -> None:
    refused = add_contact(company, email="maria.huber")
    assert refused.status == 422
    assert "Bitte geben Sie eine E-Mail-Adresse ein, etwa maria.huber@example.com." in refused.text


def test_contacts_are_removed_but_never_the_main_one(
    portal: Stack, people: Company, staff: Browser, company: Page
) -> None:
    add_contact(company).submit("/main")
    main = seen(portal, people, company)["main_contact_id"]
    add_contact(company, first_name="Max", email="")
    [other] = [each for each in seen(portal, people, company)["contacts"] if each["contact_id"] != main]
    assert other["email"] is None
    removing = f"{company.path}/contacts/{other['contact_id']}/remove"
    for look in (staff.client.get, staff.client.head, staff.client.options):
        assert look(removing).status_code == 200
    assert len(seen(portal, people, company)["contacts"]) == 2
    assert "Der Ansprechpartner ist entfernt." in staff.open(removing).submit().text
    refused = staff.open(f"{company.path}/contacts/{main}/remove").submit()
    assert "Der Hauptansprechpartner lässt sich nicht entfernen." in refused.text


def test_a_site_is_placed_on_the_map_by_its_coordinates(
    portal: Stack, people: Company, staff: Browser, company: Page
) -> None:
    form = staff.open(f"{company.path}/sites/new")
    half = form.submit(name="Küche", address="Markt 1\n86150 Augsburg", latitude="48,3715")
    assert half.status == 422
    assert "beide Koordinaten" in half.text or "Bitte füllen Sie dieses Feld aus." in half.text
    far = half.submit(latitude="91", longitude="10.9")
    assert "Bitte geben Sie eine Zahl von -90 bis 90 ein." in far.text
    assert "Der Einsatzort ist angelegt." in far.submit(latitude="48,3715").text
    [site] = seen(portal, people, company)["sites"]
    assert (site["latitude"], site["longitude"]) == (48.3715, 10.9)
    address = f"{company.path}/sites/{site['site_id']}"
    assert staff.open(f"{address}/edit").form().fields["latitude"] == "48,3715"
    assert "Noch nicht auf der Karte" in staff.open(f"{address}/edit").submit(latitude="", longitude="").text

    page = staff.open(f"{address}/equipment/new").submit(name="Kessel", installed_on="2019-05-20")
    assert "seit 20. Mai 2019" in page.text
    [device] = seen(portal, people, company)["equipment"]
    device_address = f"{company.path}/equipment/{device['equipment_id']}"
    assert "Vitocrossal" in staff.open(f"{device_address}/edit").submit(model="Vitocrossal").text
    assert "Die Anlage ist entfernt." in staff.open(f"{device_address}/remove").submit().text
    assert "Der Einsatzort ist entfernt." in staff.open(f"{address}/remove").submit().text


def test_a_site_with_an_open_request_stays_and_the_request_is_named(
    portal: Stack, people: Company, staff: Browser
) -> None:
    request_id = submit(portal, people.customer)
    number = portal.call("requests.request", people.staff_token, request_id=request_id)["number"]
    address = f"/provider/companies/{people.customer.company_id}/sites/{people.customer.site_id}/remove"
    page = staff.open(address).submit()
    assert f"Am Einsatzort sind noch Anfragen offen: {number}." in page.text


def test_the_mails_to_a_company_are_listed(staff: Browser, people: Company) -> None:
    page = staff.open(f"/provider/companies/{people.customer.company_id}/mails")
    assert (page.status, "E-Mails" in page.text) == (200, True)
