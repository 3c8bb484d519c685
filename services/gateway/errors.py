"""Turns errors into pages that say what happened and what to do; never a stack trace."""

from typing import Any

import structlog
from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from services.gateway import error_pages, session, waiting
from services.gateway.api import problems
from services.gateway.error_pages import Page
from services.gateway.fragments import is_fragment
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from shared.contracts import errors as contract
from shared.contracts.errors import PortalError

_log = structlog.get_logger(__name__)


CHANGED = translatable("Der Eintrag wurde inzwischen geändert.")
_STATES = {
    "accepted": translatable("Die Anfrage wurde inzwischen angenommen."),
    "declined": translatable("Die Anfrage wurde inzwischen abgelehnt."),
    "withdrawn": translatable("Die Anfrage wurde inzwischen zurückgezogen."),
}


def register(app: Flask) -> None:
    """Answer every error of the application with a page; those of the API are its own."""
    app.register_error_handler(contract.Unauthenticated, _sign_in_again)
    app.register_error_handler(PortalError, _refusal)
    app.register_error_handler(CSRFError, lambda _error: show(error_pages.EXPIRED_FORM))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def show(page: Page, **context: Any) -> tuple[str, int]:
    """The page of an error."""
    return render_template("error.html", page=page, **context), page.status


def tell_overtaken(error: PortalError) -> None:
    """Say on the next page that somebody else was faster; that page shows how things stand now."""
    state = _STATES.get(str(error.details.get("status")), CHANGED)
    now = _("Hier sehen Sie den aktuellen Stand.")
    flash(f"{translated(state)} {now}", "warning")


def _refusal(error: PortalError) -> ResponseReturnValue:
    page = error_pages.BY_ERROR.get(type(error))
    if page is None:
        return _internal(str(error.details.get("reference") or session.correlation_id()), error)
    if isinstance(error, contract.TooManyAttempts):
        return *show(page, again=_repeatable()), waiting.headers(error)
    if page is error_pages.UNAVAILABLE:
        _log.warning("page_unavailable", endpoint=request.endpoint, code=error.code, service=session.silent())
        part = error_pages.PARTS.get(session.silent() or "")
        return show(error_pages.SILENT if part else page, again=_repeatable(), part=part)
    return show(page)


def _sign_in_again(_error: PortalError) -> ResponseReturnValue:
    if session.kind() is not None:
        session.forget()
        flash(_("Ihre Sitzung ist abgelaufen. Bitte melden Sie sich neu an."), "info")
    sign_in = url_for("account.sign_in", next=_way_back())
    if is_fragment():
        # htmx would follow a redirect, and put the page that it leads to into the one that is open.
        return "", 401, {"HX-Redirect": sign_in}
    return redirect(sign_in, 303)


def _http(error: HTTPException) -> ResponseReturnValue:
    if request.path.startswith(problems.AREA):
        return problems.of_http(error)
    if error.code is None or error.code < 400:
        return error.get_response()
    page = error_pages.BY_STATUS.get(error.code, error_pages.INVALID)
    return render_template("error.html", page=page), error.code


def _fault(error: Exception) -> ResponseReturnValue:
    _log.error("page_failed", endpoint=request.endpoint, exc_info=error)
    return _internal(str(session.correlation_id()), None)


def _internal(reference: str, error: PortalError | None) -> ResponseReturnValue:
    if error is not None:
        _log.error("page_refused", endpoint=request.endpoint, code=error.code, reference=reference)
    return show(error_pages.INTERNAL, reference=reference)


def _repeatable() -> list[tuple[str, str]]:
    """The form that was sent, where sending it once more can't do its work twice."""
    return list(request.form.items(multi=True)) if "command_id" in request.form else []


def _way_back() -> str | None:
    """The page to return to after signing in, where the address can be opened as a page."""
    methods = (request.url_rule and request.url_rule.methods) or set()
    if "GET" not in methods or request.path == "/":
        return None
    return request.full_path.rstrip("?")
