"""The steps from a company to a session of its main contact."""

import hashlib
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from services.invitation import domain, tables
from shared.contracts.invitation import CustomerInvited
from shared.eventlog.log import Origin
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from shared.identity.tokens import now
from tests.integration.services.belongings import add_contact
from tests.support.scene import PASSWORD, Scene


def company_with(portal: Scene, staff: str, **contact: Any) -> str:
    """A company whose main contact is as given."""
    company_id = portal.call("customers.register_company", staff, name="Gasthof Post")["company_id"]
    contact_id = add_contact(portal, staff, company_id, **{"email": f"{uuid4()}@example.com"} | contact)
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=contact_id)
    return str(company_id)


def invited(portal: Scene, staff: str, company_id: str) -> str:
    return str(portal.call("invitation.invite", staff, company_id=company_id)["invitation_id"])


def token_of(portal: Scene, invitation_id: str) -> str:
    return str(portal.call("invitation.issue_token", portal.service, invitation_id=invitation_id)["token"])


def accept(portal: Scene, token: str, password: str = PASSWORD) -> Any:
    return portal.call("invitation.accept", token=token, password=password)


def state(portal: Scene, token: str) -> Any:
    return portal.call("invitation.check", token=token)["state"]


class Sent(NamedTuple):
    """An invitation and the secret in its link."""

    invitation_id: str
    token: str


def sent(portal: Scene, staff: str, company_id: str) -> Sent:
    """A new invitation of the main contact, and its link."""
    invitation_id = invited(portal, staff, company_id)
    return Sent(invitation_id, token_of(portal, invitation_id))


def sent_long_ago(portal: Scene, engine: Engine, staff: str, company_id: str) -> Sent:
    """An invitation of the main contact as it would stand in the log two weeks after."""
    provider_id = portal.call("customers.provider", staff)["provider_id"]
    company = portal.call("customers.company", staff, company_id=company_id)
    main = next(each for each in company["contacts"] if each["contact_id"] == company["main_contact_id"])
    token, invitation_id = str(uuid4()), uuid7()
    event = CustomerInvited(
        invitation_id=invitation_id,
        company_id=UUID(company_id),
        contact_id=UUID(main["contact_id"]),
        email=main["email"],
        expires_at=now() - timedelta(seconds=1),
    )
    owner = {"provider_id": UUID(provider_id), "company_id": UUID(company_id)}
    row = {"invitation_id": invitation_id, "contact_id": event.contact_id, **owner}
    with unit_of_work(engine, Scope.EVERYTHING) as unit:
        unit.new(domain.INVITATION, invitation_id, **owner).create(lambda: event)
        hashed = hashlib.sha256(token.encode()).digest()
        unit.connection.execute(tables.invitations.insert().values(**row, token_hash=hashed))
        unit.commit(Origin(uuid4(), uuid4(), {"kind": "staff"}))
    return Sent(str(invitation_id), token)


def contact_is_now(portal: Scene, staff: str, company_id: str, **changes: Any) -> None:
    """Change the main contact's details."""
    contact_id = portal.call("customers.company", staff, company_id=company_id)["main_contact_id"]
    portal.call("customers.update_contact", staff, contact_id=contact_id, **changes)
