"""The back office in a real browser: on a phone, for all people, and with what scripts add."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.assets.vendor import MODULES
from tests.integration.gateway.conftest import Company
from tests.integration.gateway.serving import PATIENCE_S
from tests.integration.services.belongings import TIMES, order_of, publish, submit
from tests.support.file_contents import pdf
from tests.support.stack import PASSWORD, Stack

CHROMIUM = "/usr/bin/chromium"
PHONE = {"width": 360, "height": 740}
AXE = MODULES / "axe-core/axe.min.js"
VIOLATIONS = """
    axe.run({resultTypes: ["violations"]})
       .then(found => found.violations.map(each => [each.id, each.nodes[0].html]))
"""
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, port: int, people: Company) -> Iterator[Page]:
    """A phone on which a member of staff is signed in."""
    context = chromium.new_context(
        base_url=f"http://127.0.0.1:{port}",
        locale="de-DE",
        viewport=PHONE,
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-Mail-Adresse").fill(people.staff_email)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Anfragen", level=1)).to_be_visible()
    yield page
    context.close()


def addresses(portal: Stack, people: Company) -> list[str]:
    """A page of each kind, with something on it."""
    staff, customer = people.staff_token, people.customer
    submit(portal, customer)
    accepted = submit(portal, customer)
    portal.call("requests.accept", staff, request_id=accepted)
    order_id = order_of(portal, staff, accepted)
    visit = portal.call("orders.schedule_appointment", staff, order_id=order_id, technician="Sepp", **TIMES)
    document_id = publish(portal, staff, customer, order_id=order_id)
    company = f"companies/{customer.company_id}"
    return [
        "",
        f"requests/{accepted}",
        "orders",
        f"orders/{order_id}",
        f"orders/{order_id}/appointments/new",
        f"orders/{order_id}/appointments/{visit['appointment_id']}/cancel",
        f"orders/{order_id}/appointments/{visit['appointment_id']}/change",
        f"orders/{order_id}/appointments/{visit['appointment_id']}/complete",
        f"appointments?week={TIMES['starts_at'][:10]}",
        "companies",
        "invitations",
        company,
        f"{company}/contacts/new",
        f"{company}/sites/{customer.site_id}/edit",
        f"{company}/equipment/{customer.equipment_id}/edit",
        f"{company}/mails",
        f"{company}/documents/new/offer",
        "documents",
        f"documents/{document_id}",
        "settings",
        "settings/portal/deactivate",
        "settings/provider",
    ]


@pytest.mark.long
def test_every_page_fits_a_phone_and_is_for_all_people(portal: Stack, people: Company, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    faults: dict[str, Any] = {}
    for address in addresses(portal, people):
        page.goto(f"/provider/{address}")
        assert not page.evaluate(TOO_WIDE), address
        if found := violations(page):
            faults[address] = found
    assert (faults, said) == ({}, [])


def violations(page: Page) -> Any:
    """What axe finds; it comes by way of the developer's tools, since the page lets no other script in."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE.read_text()})
    return page.evaluate(VIOLATIONS)


def test_what_is_asked_before_publishing_fits_a_phone_and_is_for_all_people(
    people: Company, page: Page
) -> None:
    page.goto(f"/provider/companies/{people.customer.company_id}/documents/new/invoice")
    for label, value in (("Nummer", "RE-17"), ("Worum es geht", "Wartung"), ("Gesamtbetrag", "129,90")):
        page.get_by_label(label).fill(value)
    paper = {"name": "Rechnung.pdf", "mimeType": "application/pdf", "buffer": pdf("RE-17")}
    page.get_by_label("PDF").set_input_files([paper])  # type: ignore[list-item]
    page.get_by_role("button", name="Weiter").click()
    expect(page.get_by_role("heading", name="So veröffentlichen?")).to_be_visible()
    assert not page.evaluate(TOO_WIDE)
    assert violations(page) == []
    page.get_by_role("button", name="Angaben ändern").click()
    page.get_by_label("Nummer").fill("RE-18")
    page.get_by_role("button", name="Weiter").click()
    page.get_by_role("button", name="Ja, veröffentlichen").click()
    expect(page.get_by_text("Das Dokument ist veröffentlicht.")).to_be_visible()
    expect(page.get_by_text("Rechnung RE-18")).to_be_visible()


def test_companies_are_found_while_typing(page: Page) -> None:
    page.goto("/provider/companies")
    expect(page.get_by_role("link", name="Bäckerei Müller")).to_be_visible()
    page.get_by_role("searchbox").press_sequentially("nirgends")
    expect(page.get_by_text("Kein Unternehmen gefunden")).to_be_visible()
    page.get_by_role("searchbox").fill("muell")
    expect(page.get_by_role("link", name="Bäckerei Müller")).to_be_visible()
    assert page.url.endswith("?search=muell")


def test_a_click_on_the_map_places_a_site(portal: Stack, people: Company, page: Page) -> None:
    page.goto(f"/provider/companies/{people.customer.company_id}/sites/{people.customer.site_id}/edit")
    latitude = page.get_by_label("Breite")
    latitude.fill("")
    page.get_by_role("region", name="Karte").click(position={"x": 60, "y": 150})
    expect(latitude).not_to_have_value("")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Der Einsatzort ist gespeichert.")).to_be_visible()
    [site] = portal.call("customers.company", people.staff_token, company_id=people.customer.company_id)[
        "sites"
    ]
    assert 45 < site["latitude"] < 57


def test_what_somebody_else_changed_meanwhile_is_told_and_what_was_left_alone_stays_as_it_is(
    portal: Stack, people: Company, page: Page
) -> None:
    staff, customer = people.staff_token, people.customer

    def change(**details: str) -> None:
        portal.call("customers.update_site", staff, site_id=customer.site_id, **details)

    change(address="Markt 1\r\n86150 Augsburg")
    page.goto(f"/provider/companies/{customer.company_id}/sites/{customer.site_id}/edit")
    change(name="Backstube Nord")
    page.get_by_label("Name").fill("Backstube Süd")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Inzwischen geändert in: Backstube Nord")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Backstube Süd")
    assert not page.evaluate(TOO_WIDE)
    assert violations(page) == []

    change(address="Ring 3\r\n53111 Bonn")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Der Einsatzort ist gespeichert.")).to_be_visible()
    [site] = portal.call("customers.company", staff, company_id=customer.company_id)["sites"]
    assert (site["name"], site["address"]) == ("Backstube Süd", "Ring 3\r\n53111 Bonn")
