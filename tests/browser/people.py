"""Whose pages are looked at: staff and a customer, and the ids of what they have."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from portalctl.sample_data import PASSWORD as SAMPLE_PASSWORD
from portalctl.seed import Seed
from tests.browser.places import ANYONE, CUSTOMER, STAFF
from tests.support.scene import PASSWORD
from tests.support.stack import Stack
from tests.support.waiting import wait_until


@dataclass(frozen=True)
class People:
    """Addresses of those who sign in; and the ids in the addresses of pages, for each who opens them."""

    staff: str
    customer: str
    password: str
    ids: dict[str, dict[str, str]] = field(default_factory=dict)


def full_swing(portal: Stack) -> People:
    """The sample data, and a company that was just invited."""
    seed = Seed(portal.client, portal.files, operator=portal.operator, service=portal.service)
    signs = [entry["email"] for entry in seed.run()]
    session = portal.call("invitation.sign_in", email=signs[1], password=SAMPLE_PASSWORD)
    staff, customer = _token(portal, signs[0]), session["access_token"]
    invited = _invited(portal, staff)
    return People(
        staff=signs[0],
        customer=signs[1],
        password=SAMPLE_PASSWORD,
        ids={
            STAFF: _work(portal, staff) | invited,
            CUSTOMER: _own(portal, customer),
            ANYONE: _links(portal, invited["invitation_id"], session["caller"]["account_id"]),
        },
    )


def beginners(portal: Stack) -> People:
    """Staff who have no company yet; and a customer, of another provider, who has nothing yet."""
    others = portal.provider()
    customer = portal.customer(others, "Schreinerei Anfang")
    removed = portal.call("customers.remove_site", others, site_id=customer.site_id)["position"]
    assert portal.call("portal_read.sites", customer.token, at_least=removed)["items"] == []
    email = f"disposition-{uuid4()}@example.com"
    provider = {"name": "Neuanfang Haustechnik GmbH", "email": "info@neuanfang.example.com"}
    portal.call(
        "invitation.register_staff",
        portal.operator,
        provider_id=portal.call("customers.register_provider", portal.operator, **provider)["provider_id"],
        email=email,
        password=PASSWORD,
    )
    return People(staff=email, customer=customer.email, password=PASSWORD)


def _own(portal: Stack, customer: str) -> dict[str, str]:
    """A request of the customer that was scheduled, an offer that waits for an answer, and a resync."""

    def scheduled() -> list[Any]:
        found: list[Any] = portal.call("portal_read.requests", customer, status="scheduled")["items"]
        return found

    request = wait_until(scheduled, what="a request is scheduled")[0]
    offers = wait_until(
        lambda: portal.call("portal_read.documents", customer, kind="offer")["items"], what="offers are there"
    )
    return {
        "request_id": request["request_id"],
        "document_id": next(each["document_id"] for each in offers if each["status"] == "open"),
        "resync_id": portal.call("portal_read.resync", customer)["resync_id"],
    }


def _work(portal: Stack, staff: str) -> dict[str, str]:
    """An open request, an order with an appointment to come, and an offer."""
    [order, *_] = portal.call("orders.orders", staff, status="scheduled")["items"]
    offers = portal.call("documents.documents", staff, kind="offer")["items"]
    requests = portal.call("requests.requests", staff, status="submitted")["items"]
    return {
        "order_id": order["order_id"],
        "appointment_id": order["appointments"][0]["appointment_id"],
        "document_id": next(each["document_id"] for each in offers if each["status"] == "open"),
        "request_id": requests[0]["request_id"],
        "kind": "offer",
    }


def _invited(portal: Stack, staff: str) -> dict[str, str]:
    """A company with everything, whose invitation is open."""
    ids = portal.call("customers.register_company", staff, name="Gärtnerei Öz & Töchter", number="10099")
    of_company = {"company_id": ids["company_id"]}
    contact = {"first_name": "Ayla", "last_name": "Öz", "email": f"oez-{uuid4()}@example.com"}
    ids |= portal.call("customers.add_contact", staff, notifications_enabled=True, **contact, **of_company)
    portal.call("customers.set_main_contact", staff, contact_id=ids["contact_id"], **of_company)
    place = {"address": "Am Gießen 3, 86152 Augsburg", "latitude": 48.37, "longitude": 10.91}
    ids |= portal.call("customers.add_site", staff, name="Gewächshaus", **place, **of_company)
    ids |= portal.call("customers.add_equipment", staff, site_id=ids["site_id"], name="Heizkessel")
    ids |= portal.call("invitation.invite", staff, **of_company)
    return {name: value for name, value in ids.items() if name.endswith("_id")}


def _links(portal: Stack, invitation_id: str, account_id: str) -> dict[str, str]:
    """The secrets that mails would bring."""
    invitation = portal.call("invitation.issue_token", portal.service, invitation_id=invitation_id)
    reset = portal.call("invitation.issue_reset_token", portal.service, account_id=account_id)
    return {"invitation_token": invitation["token"], "reset_token": reset["token"]}


def _token(portal: Stack, email: str) -> str:
    token: str = portal.call("invitation.sign_in", email=email, password=SAMPLE_PASSWORD)["access_token"]
    return token
