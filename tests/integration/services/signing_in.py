"""Sessions of customers, and how they are used."""

from typing import Any
from uuid import uuid4

from shared.contracts.errors import Unauthenticated
from tests.integration.services.inviting import accept, company_with, invited, token_of
from tests.support.scene import PASSWORD, Scene

WRONG = "falsches-passwort-hier"


def new_customer(
    portal: Scene, staff: str, password: str = PASSWORD, email: str | None = None
) -> dict[str, Any]:
    """The first session of a new customer, with the address that it belongs to."""
    email = email or f"wirt-{uuid4()}@example.com"
    token = token_of(portal, invited(portal, staff, company_with(portal, staff, email=email)))
    session = accept(portal, token, password)
    return {**session, "email": email, "invitation_token": token}


def new_colleague(portal: Scene, staff: str) -> dict[str, Any]:
    """The first session of a new member of staff of the same provider, with the address."""
    provider_id = portal.call("customers.provider", staff)["provider_id"]
    email = f"disposition-{uuid4()}@example.com"
    portal.call(
        "invitation.register_staff", portal.operator, provider_id=provider_id, email=email, password=PASSWORD
    )
    return {**sign_in(portal, email, PASSWORD), "email": email}


def sign_in(portal: Scene, email: str, password: str = PASSWORD, **client: str) -> Any:
    return portal.call("invitation.sign_in", email=email, password=password, **client)


def refresh(portal: Scene, session: dict[str, Any]) -> Any:
    return portal.call("invitation.refresh", refresh_token=session["refresh_token"])


def is_over(portal: Scene, session: dict[str, Any]) -> bool:
    """Whether the session can't be renewed; looking renews it, and keeps its new token where it can."""
    try:
        session |= refresh(portal, session)
    except Unauthenticated:
        return True
    return False
