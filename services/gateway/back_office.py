"""The provider's pages: requests to answer, and the companies they come from."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import session
from services.gateway.directory import with_names
from services.gateway.errors import tell_overtaken
from services.gateway.forms import Form, command_id, refused, typed
from services.gateway.security import local_path
from shared.contracts.errors import Conflict, Forbidden, InvalidTransition, Unauthenticated, ValidationFailed
from shared.contracts.requests import RequestStatus
from shared.contracts.values import CallerKind

pages = Blueprint("back_office", __name__, url_prefix="/provider")


@pages.before_request
def only_for_staff() -> None:
    kind = session.kind()
    if kind is None:
        raise Unauthenticated()
    if kind is not CallerKind.STAFF:
        raise Forbidden()


@pages.get("/")
def requests() -> ResponseReturnValue:
    status, cursor = _status(), request.args.get("cursor")
    listed = session.call("requests", "requests", status=status, cursor=cursor)
    return render_template(
        "provider/requests.html",
        requests=with_names(listed["items"]),
        next=listed["next"],
        open_count=_open_count(),
        status=status,
        states=list(RequestStatus),
        here=request.full_path.rstrip("?"),
    )


@pages.get("/requests/<uuid:request_id>")
def request_page(request_id: UUID) -> ResponseReturnValue:
    return _request_page(request_id, Form())


@pages.post("/requests/<uuid:request_id>/accept")
def accept(request_id: UUID) -> ResponseReturnValue:
    values = typed("note")
    return _answer(request_id, "accept", values, {"note": values["note"] or None}, "angenommen")


@pages.post("/requests/<uuid:request_id>/decline")
def decline(request_id: UUID) -> ResponseReturnValue:
    values = typed("reason")
    return _answer(request_id, "decline", values, values, "abgelehnt")


@pages.get("/companies")
def companies() -> ResponseReturnValue:
    search = request.args.get("search", "").strip()
    listed = session.call("customers", "companies", search=search or None, cursor=request.args.get("cursor"))
    return render_template("provider/companies.html", listed=listed, search=search)


@pages.get("/companies/<uuid:company_id>")
def company(company_id: UUID) -> ResponseReturnValue:
    found = session.call("customers", "company", company_id=company_id)
    return render_template("provider/company.html", company=found)


def _answer(
    request_id: UUID, method: str, values: dict[str, str], arguments: dict[str, Any], done: str
) -> ResponseReturnValue:
    """Accept or decline, then back to the page that it was done on."""
    try:
        session.call("requests", method, request_id=request_id, command_id=command_id(), **arguments)
    except ValidationFailed as error:
        return _request_page(request_id, refused(values, error)), 422
    except (Conflict, InvalidTransition) as error:
        tell_overtaken(error)
        return redirect(url_for("back_office.request_page", request_id=request_id), 303)
    flash(f"Die Anfrage ist {done}.", "success")
    return redirect(_way_back(), 303)


def _request_page(request_id: UUID, form: Form) -> str:
    [found] = with_names([session.call("requests", "request", request_id=request_id)])
    return render_template("provider/request.html", request_=found, form=form)


def _open_count() -> str:
    """How many requests wait for an answer; of many, only that there are more than a page holds."""
    waiting = session.call("requests", "requests", status=RequestStatus.SUBMITTED)
    return f"{len(waiting['items'])}{'+' if waiting['next'] else ''}"


def _way_back() -> str:
    """The list as it was, or the page of the request."""
    target = local_path(request.form.get("back"))
    return target or url_for("back_office.requests")


def _status() -> RequestStatus | None:
    try:
        return RequestStatus(request.args.get("status", ""))
    except ValueError:
        return None
