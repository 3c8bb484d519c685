"""Of a person who was erased the requests and orders stay, and go on; what they sent along is gone."""

from uuid import uuid4

from flask import Flask

from shared.contracts.errors import NotFound
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.gateway.test_planning import accepted, order
from tests.integration.services.belongings import add_contact, attach
from tests.support.stack import PASSWORD, Stack
from tests.support.waiting import wait_until


def colleague_of(portal: Stack, people: Company, gateway: Flask) -> Browser:
    """The browser of another contact of the company, who is its main contact from now on."""
    company_id, email = people.customer.company_id, f"zoe-{uuid4()}@example.com"
    contact_id = add_contact(portal, people.staff_token, company_id, email=email)
    portal.call(
        "customers.set_main_contact", people.staff_token, company_id=company_id, contact_id=contact_id
    )
    portal.accept_invitation(people.staff_token, company_id)
    browser = Browser(gateway)
    browser.sign_in(email, PASSWORD)
    return browser


def erase_the_customer(portal: Stack, people: Company, attachment_id: str) -> None:
    contact_id = portal.call("portal_read.settings", people.customer.token)["contact"]["contact_id"]
    portal.call("customers.erase_contact", portal.operator, contact_id=contact_id)

    def gone() -> bool:
        try:
            portal.call("documents.attachment", people.staff_token, attachment_id=attachment_id)
        except NotFound:
            return True
        return False

    wait_until(gone, what="what the person sent along is gone")


def test_their_requests_and_orders_are_read_and_completed_without_what_they_sent_along(
    portal: Stack, people: Company, gateway: Flask, staff: Browser
) -> None:
    attachment_id = attach(portal, people.customer)
    order_id = accepted(portal, people, attachment_ids=[attachment_id])
    request_id = order(portal, people, order_id)["request_id"]
    colleague = colleague_of(portal, people, gateway)
    erase_the_customer(portal, people, attachment_id)
    for address in (f"/provider/requests/{request_id}", f"/provider/orders/{order_id}"):
        page = staff.open(address)
        assert (page.status, "Anhänge" in page.text) == (200, False)
    done = staff.open(f"/provider/orders/{order_id}/complete").submit()
    assert "Der Auftrag ist abgeschlossen." in done.text
    page = wait_until(
        lambda: (read := colleague.open(f"/requests/{request_id}")).text.count("[gelöscht]") and read,
        what="the colleague's view is built anew",
    )
    assert "Anhänge [gelöscht]" in page.text
    assert not [link for link in page.links if link.startswith("/attachments/")]
