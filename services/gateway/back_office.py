"""The provider's pages, put together: who may open them, and what all of them show."""

from typing import Any

from flask import Blueprint, g, request

from services.gateway import session
from services.gateway.api.changes import heard_so_far
from services.gateway.provider import (
    access,
    appointments,
    calendar,
    companies,
    contacts,
    documents,
    equipment,
    invitations,
    mails,
    orders,
    publishing,
    requests,
    settings,
    sites,
    wording,
)
from shared.contracts.errors import Forbidden, Unauthenticated
from shared.contracts.values import CallerKind

pages = Blueprint("back_office", __name__, url_prefix="/provider")
wording.register(pages)
for part in (
    requests,
    orders,
    appointments,
    calendar,
    companies,
    contacts,
    sites,
    equipment,
    invitations,
    mails,
    documents,
    publishing,
    access,
    settings,
):
    pages.register_blueprint(part.pages)


@pages.before_request
def only_for_staff() -> None:
    kind = session.kind()
    if kind is None:
        raise Unauthenticated()
    if kind is not CallerKind.STAFF:
        raise Forbidden()


@pages.before_request
def know_the_provider() -> None:
    """Its name is in the head of each page; asked for once a session."""
    if session.provider_name() is None:
        session.remember_provider(session.call("customers", "provider"))


@pages.before_request
def look_around() -> None:
    """Beforehand: what changes from now on may not be on the page, and the page of an error asks nothing."""
    if request.method != "POST":
        g.surroundings = {"heard_so_far": heard_so_far(), "open_requests": requests.open_count()}


@pages.context_processor
def surroundings() -> dict[str, Any]:
    """How many requests are open, for the navigation, and since when the page follows what others change."""
    found: dict[str, Any] = g.get("surroundings", {})
    return found
