"""Two people change the same thing: neither overwrites unawares what the other has made of it."""

from typing import Any

import pytest
from flask import Flask

from tests.integration.gateway.browser import Browser, Page
from tests.integration.gateway.conftest import Company
from tests.integration.gateway.test_companies import add_contact, seen
from tests.integration.gateway.test_planning import AFTERNOON, accepted, order, schedule
from tests.support.stack import PASSWORD, Stack

NOT_SAVED = "Inzwischen wurde etwas davon geändert; gespeichert ist noch nichts."
UNCHANGED = "Sie haben nichts geändert."


@pytest.fixture
def colleague(gateway: Flask, people: Company) -> Browser:
    """Another browser in which staff of the same provider are signed in."""
    browser = Browser(gateway)
    browser.sign_in(people.staff_email, PASSWORD)
    return browser


@pytest.fixture
def company(staff: Browser, people: Company) -> Page:
    return staff.open(f"/provider/companies/{people.customer.company_id}")


@pytest.fixture
def site(company: Page, people: Company) -> str:
    """Where the customer's site is edited."""
    return f"{company.path}/sites/{people.customer.site_id}/edit"


@pytest.fixture
def contact(portal: Stack, people: Company, company: Page) -> str:
    """Where the customer's main contact is edited, who is the one that signs in."""
    return f"{company.path}/contacts/{seen(portal, people, company)['main_contact_id']}/edit"


@pytest.fixture
def visit(portal: Stack, people: Company, staff: Browser) -> str:
    """The address of an appointment."""
    order_id = accepted(portal, people)
    schedule(staff, order_id, technician="Sepp Brandl")
    [planned] = order(portal, people, order_id)["appointments"]
    return f"/provider/orders/{order_id}/appointments/{planned['appointment_id']}"


@pytest.fixture
def invitable(staff: Browser) -> Page:
    """The page of a company that nobody has invited yet."""
    added = staff.open("/provider/companies/new").submit(name="Gasthof Post", number="4711")
    return add_contact(added).submit("/main")


def the_site(portal: Stack, people: Company, company: Page) -> Any:
    [found] = seen(portal, people, company)["sites"]
    return found


@pytest.mark.parametrize(
    ("address", "mine", "theirs"),
    [
        ("{company}/edit", {"name": "Bäckerei Huber"}, {"number": "4711"}),
        ("{company}/sites/{site}/edit", {"name": "Backstube"}, {"address": "Markt 1\n86150 Augsburg"}),
        ("{company}/sites/{site}/edit", {"name": "Backstube"}, {"latitude": "48,5", "longitude": "11,25"}),
        ("{company}/sites/{site}/edit", {"latitude": "48,5", "longitude": "11,25"}, {"name": "Backstube"}),
        ("{company}/equipment/{device}/edit", {"installed_on": "2019-05-20"}, {"model": "Vitocrossal"}),
        ("{company}/equipment/{device}/edit", {"model": "Vitocrossal"}, {"installed_on": "2020-06-01"}),
        ("{contact}", {"phone": "+49 89 1"}, {"notifications_enabled": ""}),
        ("{contact}", {"notifications_enabled": ""}, {"language": "en"}),
        ("/provider/settings/provider", {"name": "Huber & Töchter"}, {"address": "Markt 1\nAugsburg"}),
        ("/provider/settings/provider", {"address": "Markt 1\nAugsburg"}, {"language": "en"}),
    ],
)
def test_what_one_left_alone_stays_as_the_other_made_it(
    people: Company,
    staff: Browser,
    colleague: Browser,
    company: Page,
    contact: str,
    address: str,
    mine: dict[str, str],
    theirs: dict[str, str],
) -> None:
    customer = people.customer
    place = address.format(
        company=company.path, contact=contact, site=customer.site_id, device=customer.equipment_id
    )
    form = staff.open(place)
    assert "gespeichert" in colleague.open(place).submit(**theirs).text
    assert "gespeichert" in form.submit(**mine).text
    fields = staff.open(place).form().fields
    assert {name: fields[name] for name in mine | theirs} == mine | theirs


def test_what_both_changed_is_told_and_saved_only_when_sent_once_more(
    portal: Stack, people: Company, staff: Browser, colleague: Browser, company: Page, site: str
) -> None:
    form = staff.open(site)
    colleague.open(site).submit(name="Backstube Nord", address="Markt 1")
    told = form.submit(name="Backstube Süd")
    assert (told.status, NOT_SAVED in told.text) == (409, True)
    assert 'id="name-error">Inzwischen geändert in: Backstube Nord<' in told.html
    assert (told.form().fields["name"], told.form().fields["address"]) == ("Backstube Süd", "Markt 1")
    assert the_site(portal, people, company)["name"] == "Backstube Nord"

    assert "Der Einsatzort ist gespeichert." in told.submit().text
    kept = the_site(portal, people, company)
    assert (kept["name"], kept["address"]) == ("Backstube Süd", "Markt 1")


def test_who_is_told_once_is_told_again_of_another_change(
    staff: Browser, colleague: Browser, site: str
) -> None:
    form = staff.open(site)
    colleague.open(site).submit(name="Nord")
    told = form.submit(name="Süd")
    colleague.open(site).submit(name="West")
    again = told.submit()
    assert (again.status, "Inzwischen geändert in: West" in again.text) == (409, True)
    given_way = again.submit(name="West")
    assert UNCHANGED in given_way.text


def test_what_was_shown_survives_a_mistake(
    portal: Stack, people: Company, staff: Browser, colleague: Browser, company: Page, site: str
) -> None:
    wrong = staff.open(site).submit(name="Süd", latitude="91", longitude="11")
    assert wrong.status == 422
    colleague.open(site).submit(address="Markt 1")
    assert "Der Einsatzort ist gespeichert." in wrong.submit(latitude="50").text
    kept = the_site(portal, people, company)
    assert (kept["name"], kept["address"], kept["latitude"]) == ("Süd", "Markt 1", 50.0)


def test_what_was_changed_after_a_mistake_is_told_as_well(
    staff: Browser, colleague: Browser, site: str
) -> None:
    wrong = staff.open(site).submit(name="", address="Markt 1")
    colleague.open(site).submit(address="Ring 3")
    told = wrong.submit(name="Süd")
    assert (told.status, "Inzwischen geändert in: Ring 3" in told.text) == (409, True)


def test_a_form_in_which_nothing_was_changed_changes_nothing(
    portal: Stack, people: Company, staff: Browser, colleague: Browser, company: Page, site: str
) -> None:
    form = staff.open(site)
    colleague.open(site).submit(name="Nord")
    page = form.submit()
    assert (page.path, UNCHANGED in page.text) == (company.path, True)
    assert the_site(portal, people, company)["name"] == "Nord"


def test_a_change_that_is_sent_twice_counts_once(staff: Browser, site: str) -> None:
    form = staff.open(site)
    for _ in range(2):
        assert "Der Einsatzort ist gespeichert." in form.submit(name="Süd", latitude="50,5").text


def test_a_form_that_does_not_say_what_it_showed_is_saved_as_a_whole(
    portal: Stack, people: Company, staff: Browser, colleague: Browser, company: Page, site: str
) -> None:
    fields = staff.open(site).form().fields
    colleague.open(site).submit(name="Nord", address="Ring 3")
    whole = {name: value for name, value in fields.items() if not name.startswith("shown-")}
    assert staff.send(site, whole | {"address": "Markt 1"}).status_code == 303
    kept = the_site(portal, people, company)
    assert (kept["name"], kept["address"]) == (fields["name"], "Markt 1")


def test_nonsense_as_what_was_shown_is_told_as_a_change_and_does_no_harm(staff: Browser, site: str) -> None:
    fields = staff.open(site).form().fields
    forged = {name: "\0nan" for name in fields if name.startswith("shown-")}
    answer = staff.send(site, fields | forged | {"name": "Süd"})
    assert answer.status_code == 409
    assert "Inzwischen geändert in: " in answer.text


def test_an_appointment_that_was_moved_is_not_moved_or_given_to_somebody_else_unawares(
    staff: Browser, colleague: Browser, visit: str
) -> None:
    form = staff.open(f"{visit}/change")
    colleague.open(f"{visit}/change").submit(**AFTERNOON)
    told = form.submit(technician="Ayşe Demir")
    assert (told.status, told.form().fields["technician"]) == (409, "Ayşe Demir")
    said = told.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Inzwischen geändert in: 13. Januar 2038, 14:00 Uhr" in said
    assert staff.open(f"{visit}/change").form().fields["technician"] == "Sepp Brandl"

    page = told.submit(**AFTERNOON)
    assert "Der Termin ist geändert." in page.text
    fields = staff.open(f"{visit}/change").form().fields
    assert {name: fields[name] for name in AFTERNOON} == AFTERNOON
    assert fields["technician"] == "Ayşe Demir"


@pytest.mark.parametrize(
    ("step", "typed", "done"),
    [
        ("cancel", {"reason": "Der Monteur ist krank."}, "Der Termin ist abgesagt."),
        ("complete", {}, "Der Termin ist erledigt."),
    ],
)
def test_an_appointment_that_was_moved_is_asked_about_again_before_it_ends(
    staff: Browser, colleague: Browser, visit: str, step: str, typed: dict[str, str], done: str
) -> None:
    form = staff.open(f"{visit}/{step}")
    colleague.open(f"{visit}/change").submit(**AFTERNOON)
    again = form.submit(**typed)
    assert (again.status, "Das hat sich inzwischen geändert" in again.text) == (409, True)
    assert "Mi., 13. Januar 2038" in again.text
    assert staff.open(f"{visit}/change").form().fields["starts_at"] == AFTERNOON["starts_at"]
    assert done in again.submit().text


def test_customers_and_staff_change_a_contact_at_once(
    portal: Stack, people: Company, staff: Browser, customer: Browser, contact: str
) -> None:
    form = customer.open("/settings")
    staff.open(contact).submit(phone="+49 89 1", last_name="Nord")
    # Nothing to do, but where the customer's view must have come to.
    position = portal.call("invitation.activate_portal", people.staff_token)["position"]
    assert portal.call("portal_read.settings", people.customer.token, at_least=position)["reached"]

    saved = form.submit("/settings/contact", first_name="Georg")
    assert "Ihre Angaben sind gespeichert." in saved.text
    fields = staff.open(contact).form().fields
    assert (fields["first_name"], fields["last_name"], fields["phone"]) == ("Georg", "Nord", "+49 89 1")

    told = form.submit("/settings/contact", last_name="Süd", phone="+49 89 1", first_name="Georg")
    assert (told.status, NOT_SAVED in told.text) == (409, True)
    assert 'id="last_name-error">Inzwischen geändert in: Nord<' in told.html
    english = told.submit("/settings/contact", language="en")
    assert "Your details are saved." in english.text
    assert UNCHANGED not in english.text
    assert "You have changed nothing." in english.submit("/settings/contact").text
    assert staff.open(contact).form().fields["last_name"] == "Süd"


@pytest.mark.parametrize("form", ["complete", "appointments/new"])
def test_an_order_that_was_completed_meanwhile_is_said_to_be(
    portal: Stack, people: Company, staff: Browser, colleague: Browser, form: str
) -> None:
    place = f"/provider/orders/{accepted(portal, people)}"
    asked = staff.open(f"{place}/{form}")
    colleague.open(f"{place}/complete").submit()
    late = asked.submit()
    assert (late.path, "Das wurde inzwischen abgeschlossen." in late.text) == (place, True)


def test_an_appointment_that_was_called_off_meanwhile_is_said_to_be(
    staff: Browser, colleague: Browser, visit: str
) -> None:
    form = staff.open(f"{visit}/change")
    colleague.open(f"{visit}/cancel").submit(reason="Der Monteur ist krank.")
    assert "Der Termin wurde inzwischen abgesagt." in form.submit(**AFTERNOON).text


def test_what_was_removed_meanwhile_is_said_to_be(staff: Browser, colleague: Browser, site: str) -> None:
    form = staff.open(site)
    colleague.open(site.replace("/edit", "/remove")).submit()
    late = form.submit(name="Süd")
    assert (late.status, "Vielleicht wurde der Eintrag inzwischen entfernt." in late.text) == (404, True)


def test_who_is_invited_is_who_the_page_named(staff: Browser, colleague: Browser, invitable: Page) -> None:
    named = staff.open(invitable.path)
    edit = next(address for address in named.links if "/contacts/" in address and "/edit" in address)
    colleague.open(edit).submit(email="zora@example.com")
    told = named.submit("/invitations")
    assert "Das hat sich inzwischen geändert; geschehen ist noch nichts." in told.text
    assert "bekommt an zora@example.com einen Link" in told.text
    assert "Einladung an" not in told.text
    assert "Einladung an zora@example.com" in told.submit("/invitations").text
