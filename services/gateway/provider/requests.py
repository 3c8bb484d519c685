"""Requests that wait for an answer or have one: the home page of the back office."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import address, attachments, session, timeline
from services.gateway.directory import with_contact, with_names
from services.gateway.errors import tell_overtaken
from services.gateway.forms import Form, command_id, refused, typed
from services.gateway.languages import gettext as _
from services.gateway.security import local_path
from shared.contracts.errors import Conflict, InvalidTransition, ValidationFailed
from shared.contracts.requests import RequestStatus

pages = Blueprint("requests", __name__)


def open_count() -> str:
    """How many requests wait for an answer; of many, only that there are more than a page holds."""
    waiting = session.call("requests", "requests", status=RequestStatus.SUBMITTED)
    return f"{len(waiting['items'])}{'+' if waiting['next'] else ''}"


@pages.get("/")
def all_requests() -> ResponseReturnValue:
    status, cursor = address.choice(RequestStatus, "status"), request.args.get("cursor")
    listed = session.call("requests", "requests", status=status, cursor=cursor)
    return render_template(
        "provider/requests.html",
        requests=with_names(listed["items"]),
        next=listed["next"],
        status=status,
        states=list(RequestStatus),
        here=request.full_path.rstrip("?"),
    )


@pages.get("/requests/<uuid:request_id>")
def one(request_id: UUID) -> ResponseReturnValue:
    return _page(request_id, Form())


@pages.post("/requests/<uuid:request_id>/accept")
def accept(request_id: UUID) -> ResponseReturnValue:
    values = typed("note")
    return _answer(
        request_id, "accept", values, {"note": values["note"] or None}, _("Die Anfrage ist angenommen.")
    )


@pages.post("/requests/<uuid:request_id>/decline")
def decline(request_id: UUID) -> ResponseReturnValue:
    values = typed("reason")
    return _answer(request_id, "decline", values, values, _("Die Anfrage ist abgelehnt."))


def _answer(
    request_id: UUID, method: str, values: dict[str, str], arguments: dict[str, Any], done: str
) -> ResponseReturnValue:
    """Accept or decline, then back to the page that it was done on."""
    try:
        session.call("requests", method, request_id=request_id, command_id=command_id(), **arguments)
    except ValidationFailed as error:
        return _page(request_id, refused(values, error)), 422
    except (Conflict, InvalidTransition) as error:
        tell_overtaken(error)
        return redirect(url_for(".one", request_id=request_id), 303)
    flash(done, "success")
    return redirect(local_path(request.form.get("back")) or url_for(".all_requests"), 303)


def _page(request_id: UUID, form: Form) -> str:
    [found] = with_names([session.call("requests", "request", request_id=request_id)])
    order = _order(found)
    return render_template(
        "provider/request.html",
        request_=with_contact(found),
        attachments=attachments.known(found["attachment_ids"]),
        order=order,
        timeline=timeline.of_staff(found, order),
        form=form,
    )


def _order(found: dict[str, Any]) -> dict[str, Any] | None:
    """The order of an accepted request; it follows a moment after the answer."""
    if found["status"] != RequestStatus.ACCEPTED:
        return None
    orders: list[dict[str, Any]] = session.call("orders", "orders", request_id=found["request_id"])["items"]
    return orders[0] if orders else None
