"""One of everything that a customer can have, and what a provider's data amount to."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text

from tests.support.file_contents import PDF
from tests.support.scene import Customer, Scene
from tests.support.waiting import wait_until

TIMES = {"starts_at": "2038-01-12T08:00:00+01:00", "ends_at": "2038-01-12T10:00:00+01:00"}
REQUEST = {"title": "Heizung wird nicht warm", "description": "Seit gestern kalt.\nBitte bald."}
REPORT = {"kind": "service_report", "title": "Wartung des Heizkessels", "number": "SB-2026-0042"}
_AMOUNTS = """
    SELECT (SELECT count(*) FROM eventlog.events WHERE provider_id = :provider_id),
           (SELECT count(*) FROM eventlog.events WHERE type = 'provider_registered'),
           (SELECT count(*) FROM invitation.accounts),
           (SELECT count(*) FROM invitation.sessions),
           (SELECT count(*) FROM invitation.refresh_tokens),
           (SELECT count(*) FROM invitation.reset_tokens),
           (SELECT count(*) FROM invitation.invitations WHERE token_hash IS NOT NULL)
"""


@dataclass
class Belongings:
    """`ids` are by the names that arguments have; `position` is where all of it is projected."""

    staff: str
    customer: Customer
    ids: dict[str, str]
    position: str


def belongings(portal: Scene, staff: str) -> Belongings:
    """A customer of the provider with an open request, an order that has an appointment, and documents."""
    customer = portal.customer(staff)
    accepted = submit(portal, customer)
    portal.call("requests.accept", staff, request_id=accepted)
    order_id = order_of(portal, staff, accepted)
    appointment = portal.call("orders.schedule_appointment", staff, order_id=order_id, **TIMES)
    company = portal.call("customers.company", staff, company_id=customer.company_id)
    ids = {
        "provider_id": portal.call("customers.provider", staff)["provider_id"],
        "company_id": customer.company_id,
        "contact_id": company["main_contact_id"],
        "site_id": customer.site_id,
        "equipment_id": customer.equipment_id,
        "order_id": order_id,
        "appointment_id": appointment["appointment_id"],
        "invitation_id": invitation(portal, staff),
        **account_ids(portal, customer),
        "request_id": submit(portal, customer),
        "resync_id": portal.call("portal_read.resync", customer.token)["resync_id"],
        "attachment_id": attach(portal, customer),
        "document_id": publish(portal, staff, customer, order_id=order_id),
        "replaces": publish(portal, staff, customer),
    }
    ids["thing_id"] = ids["document_id"]
    return Belongings(staff, customer, ids, at_head(portal, staff))


def account_ids(portal: Scene, customer: Customer) -> dict[str, str]:
    """The customer's account and session."""
    session = portal.call("invitation.sessions", customer.token)["items"][0]
    return {"session_id": session["session_id"], "account_id": customer.account_id}


def submit(portal: Scene, customer: Customer, **details: Any) -> str:
    """Submit a request; returns its id."""
    arguments = {"site_id": customer.site_id, **REQUEST, **details}
    return str(portal.call("requests.submit", customer.token, **arguments)["request_id"])


def attach(portal: Scene, customer: Customer, content: bytes = PDF, **details: Any) -> str:
    """Upload a file and make it an attachment; returns its id."""
    arguments = {"filename": "Typenschild.pdf", "media_type": "application/pdf", "size": len(content)}
    arguments["sha256"] = portal.upload(customer.token, customer.company_id, content)
    return str(
        portal.call("documents.store_attachment", customer.token, **arguments | details)["attachment_id"]
    )


def publish(portal: Scene, staff: str, customer: Customer, content: bytes = PDF, **details: Any) -> str:
    """Upload a file and publish it, if not told otherwise as a report with a number of its own; its id."""
    arguments = {
        "company_id": customer.company_id,
        "filename": "Bericht.pdf",
        **REPORT,
        "number": f"SB-{uuid4()}",
    }
    arguments["sha256"] = portal.upload(staff, customer.company_id, content)
    return str(portal.call("documents.publish", staff, **arguments | details)["document_id"])


def order_of(portal: Scene, staff: str, request_id: str) -> str:
    """Wait for the order of an accepted request."""

    def found() -> str | None:
        orders = portal.call("orders.orders", staff)["items"]
        return next((order["order_id"] for order in orders if order["request_id"] == request_id), None)

    return str(wait_until(found, what="the order is there"))


def invitation(portal: Scene, staff: str) -> str:
    """Invite the contact of another company; the invitation stays open."""
    company_id = portal.call("customers.register_company", staff, name="Gasthof Post")["company_id"]
    contact_id = add_contact(portal, staff, company_id)
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=contact_id)
    return str(portal.call("invitation.invite", staff, company_id=company_id)["invitation_id"])


def register(portal: Scene, staff: str, name: str, **details: Any) -> str:
    """Register a company; returns its id."""
    return str(portal.call("customers.register_company", staff, name=name, **details)["company_id"])


def add_contact(portal: Scene, staff: str, company_id: str, **details: Any) -> str:
    person = {
        "first_name": "Zoë",
        "last_name": "Öztürk",
        "email": "zoe@example.com",
        "notifications_enabled": True,
    }
    return str(
        portal.call("customers.add_contact", staff, company_id=company_id, **person | details)["contact_id"]
    )


def read(portal: Scene, customer: Customer, query: str = "dashboard", **arguments: Any) -> Any:
    """What a query of `portal_read` answers."""
    return portal.call(f"portal_read.{query}", customer.token, **arguments)


def at_head(portal: Scene, staff: str) -> str:
    """The position behind all that has happened at the provider so far, told by one event more."""
    return str(portal.call("customers.register_company", staff, name="Schlusslicht GmbH")["position"])


def amounts(engine: Engine, provider_id: str) -> tuple[int, ...]:
    """How much there is; the same before and after means that nothing was changed."""
    with engine.connect() as connection:
        return tuple(connection.execute(text(_AMOUNTS), {"provider_id": provider_id}).one())
