"""The customer's pages: start page, requests and settings."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import session
from services.gateway.errors import tell_overtaken
from services.gateway.forms import Form, command_id, new_command_id, refused, typed
from services.gateway.places import Places
from shared.contracts.errors import Conflict, InvalidTransition, NotFound, Unauthenticated, ValidationFailed
from shared.contracts.portal_read import CustomerRequestStatus
from shared.contracts.position import Position
from shared.contracts.values import CallerKind

SUBMITTED_BEFORE = (
    "Diese Anfrage haben Sie schon gesendet, mit anderem Inhalt. "
    "Wenn Sie eine weitere senden möchten, senden Sie das Formular noch einmal ab."
)
pages = Blueprint("portal", __name__)


@pages.before_request
def only_for_customers() -> ResponseReturnValue | None:
    match session.kind():
        case None:
            raise Unauthenticated()
        case CallerKind.STAFF:
            return redirect(url_for("back_office.requests"))
    return None


@pages.get("/")
def start() -> ResponseReturnValue:
    overview = session.call("portal_read", "dashboard", at_least=_at_least())
    session.remember_provider(overview["provider"].get("name"))
    return render_template("start.html", overview=overview)


@pages.get("/requests")
def requests() -> ResponseReturnValue:
    status = _status()
    listed = session.call(
        "portal_read", "requests", status=status, cursor=request.args.get("cursor"), at_least=_at_least()
    )
    return render_template("requests.html", listed=listed, status=status, states=list(CustomerRequestStatus))


@pages.get("/requests/new")
def new_request() -> ResponseReturnValue:
    places = Places.load()
    values = {"site_id": request.args.get("site") or places.only_site_id or ""}
    return _request_form(Form(values), places, new_command_id())


@pages.post("/requests/new")
def submit_request() -> ResponseReturnValue:
    values = typed("title", "description", "site_id", "equipment_id")
    command = command_id()
    try:
        submitted = _submit(values, command)
    except ValidationFailed as error:
        return _request_form(refused(values, error), Places.load(), command), 422
    except Conflict:
        again = Form(values, message=SUBMITTED_BEFORE)
        return _request_form(again, Places.load(), new_command_id()), 409
    flash(f"Ihre Anfrage {submitted['number']} ist eingereicht.", "success")
    return redirect(_page_of(submitted["request_id"], submitted), 303)


@pages.get("/requests/<uuid:request_id>")
def request_page(request_id: UUID) -> ResponseReturnValue:
    at_least = _at_least()
    try:
        found = session.call("portal_read", "request", request_id=request_id, at_least=at_least)
    except NotFound:
        if at_least is None:
            raise
        return _not_there_yet(request_id)
    return render_template("request.html", request_=found)


@pages.post("/requests/<uuid:request_id>/withdraw")
def withdraw_request(request_id: UUID) -> ResponseReturnValue:
    try:
        withdrawn = session.call("requests", "withdraw", request_id=request_id, command_id=command_id())
    except (Conflict, InvalidTransition) as error:
        tell_overtaken(error)
        return redirect(url_for("portal.request_page", request_id=request_id), 303)
    flash("Ihre Anfrage ist zurückgezogen.", "success")
    return redirect(_page_of(request_id, withdrawn), 303)


@pages.get("/settings")
def settings() -> ResponseReturnValue:
    found = session.call("portal_read", "settings")
    session.remember_provider(found["provider"].get("name"))
    return render_template("settings.html", settings=found)


def _submit(values: dict[str, str], command: str | None) -> dict[str, Any]:
    submitted: dict[str, Any] = session.call(
        "requests",
        "submit",
        title=values["title"],
        description=values["description"],
        site_id=values["site_id"],
        equipment_id=values["equipment_id"] or None,
        command_id=command,
    )
    return submitted


def _request_form(form: Form, places: Places, command: str | None) -> str:
    return render_template("request_new.html", form=form, places=places, command_id=command)


def _not_there_yet(request_id: UUID) -> ResponseReturnValue:
    """Says so when the customer's view has not caught up with a request that the log holds already.

    Raises NotFound when there is no such request at all.
    """
    found = session.call("requests", "request", request_id=request_id)
    return render_template("request_soon.html", request_=found), 202


def _page_of(request_id: UUID | str, done: dict[str, Any]) -> str:
    """The page of a request, as it is once the command's effect shows there."""
    return url_for("portal.request_page", request_id=request_id, at_least=done["position"])


def _at_least() -> str | None:
    """The position in the address; nonsense counts as none."""
    try:
        return str(Position.parse(request.args.get("at_least", "")))
    except ValueError:
        return None


def _status() -> CustomerRequestStatus | None:
    """The status in the address that the list shows only; nonsense counts as none."""
    try:
        return CustomerRequestStatus(request.args.get("status", ""))
    except ValueError:
        return None
