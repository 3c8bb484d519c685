"""What is found while somebody types goes with what is typed, and stays where it belongs."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewVisitor
from tests.browser.people import People
from tests.browser.visitor import Visitor
from tests.support.scene import PASSWORD
from tests.support.stack import Stack


def search(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)


@pytest.mark.parametrize(
    ("who", "address", "found_at"),
    [("customer", "/", "/sites"), ("staff", "/provider/companies", "/provider/companies")],
)
def test_whose_session_has_ended_signs_in_and_goes_on_with_the_search(
    new_visitor: NewVisitor, fresh: People, portal: Stack, who: str, address: str, found_at: str
):
    email = fresh.staff if who == "staff" else portal.customer(portal.provider()).email
    visitor = new_visitor("de")
    visitor.sign_in(email)
    page = visitor.context.new_page()
    with page.expect_response("**/api/v1/changes*"):
        visitor.open(address, page=page)
    visitor.context.clear_cookies()
    visitor.expected.add(f"{visitor.home}{found_at}?search=Lager")
    search(page, "Lager")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page).to_have_url(f"{visitor.home}{found_at}?search=Lager")
    expect(page.get_by_role("searchbox")).to_have_value("Lager")


def test_what_changes_meanwhile_leaves_the_list_as_it_was_searched(portal: Stack, new_visitor: NewVisitor):
    staff = portal.provider()
    customer = portal.customer(staff)

    def add(name: str) -> str:
        added = portal.call("customers.add_equipment", staff, site_id=customer.site_id, name=name)
        return str(added["position"])

    assert portal.call("portal_read.equipment", customer.token, at_least=add("Umwälzpumpe"))["reached"]
    visitor: Visitor = new_visitor("de")
    visitor.sign_in(customer.email)
    page = visitor.open("/equipment")
    expect(page.get_by_text("Gasbrennwertkessel", exact=True)).to_be_visible()
    search(page, "pumpe")
    expect(page.get_by_text("Gasbrennwertkessel", exact=True)).to_have_count(0)
    add("Pumpe im Hof")
    expect(page.get_by_text("Pumpe im Hof", exact=True)).to_be_visible()
    expect(page.get_by_text("Umwälzpumpe", exact=True)).to_be_visible()
    expect(page.get_by_text("Gasbrennwertkessel", exact=True)).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_have_value("pumpe")
