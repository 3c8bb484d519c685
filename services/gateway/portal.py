"""The customer's requests: the list of them, and each with its history."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import address, session, timeline
from services.gateway.customer_view import at_least, only_for_customers, read
from services.gateway.errors import tell_overtaken
from services.gateway.forms import command_id
from services.gateway.languages import gettext as _
from shared.contracts.errors import Conflict, InvalidTransition, NotFound
from shared.contracts.portal_read import CustomerRequestStatus

pages = Blueprint("portal", __name__)
pages.before_request(only_for_customers)


@pages.get("/requests")
def requests() -> ResponseReturnValue:
    status = address.choice(CustomerRequestStatus, "status")
    listed = read("requests", status=status, cursor=request.args.get("cursor"))
    return render_template("requests.html", listed=listed, status=status, states=list(CustomerRequestStatus))


@pages.get("/requests/<uuid:request_id>")
def request_page(request_id: UUID) -> ResponseReturnValue:
    try:
        found = read("request", request_id=request_id)
    except NotFound:
        if at_least() is None:
            raise
        return _not_there_yet(request_id)
    return render_template("request.html", request_=found, timeline=timeline.of_customer(found))


@pages.post("/requests/<uuid:request_id>/withdraw")
def withdraw_request(request_id: UUID) -> ResponseReturnValue:
    try:
        withdrawn = session.call("requests", "withdraw", request_id=request_id, command_id=command_id())
    except (Conflict, InvalidTransition) as error:
        tell_overtaken(error)
        return redirect(url_for("portal.request_page", request_id=request_id), 303)
    flash(_("Ihre Anfrage ist zurückgezogen."), "success")
    return redirect(_page_of(request_id, withdrawn), 303)


def _not_there_yet(request_id: UUID) -> ResponseReturnValue:
    """Says so when the customer's view has not caught up with a request that the log holds already.

    Raises NotFound when there is no such request at all.
    """
    found = session.call("requests", "request", request_id=request_id)
    return render_template("request_soon.html", request_=found), 202


def _page_of(request_id: UUID | str, done: dict[str, Any]) -> str:
    """The page of a request, as it is once the command's effect shows there."""
    return url_for("portal.request_page", request_id=request_id, at_least=done["position"])
