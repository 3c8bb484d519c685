"""Turns errors into pages that say what happened and what to do; never a stack trace."""

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from services.gateway import session, waiting
from services.gateway.api import problems
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from shared.contracts import errors as contract
from shared.contracts.errors import PortalError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Page:
    status: int
    title: str
    text: str


NOT_FOUND = Page(
    404,
    translatable("Das haben wir nicht gefunden"),
    translatable(
        "Die Seite gibt es nicht, oder sie gehört zu einem anderen Unternehmen. "
        "Vielleicht wurde der Eintrag inzwischen entfernt."
    ),
)
FORBIDDEN = Page(
    403,
    translatable("Dieser Bereich ist nicht für Ihr Konto"),
    translatable("Sie sind mit einem Konto angemeldet, das diese Seite nicht sehen darf."),
)
UNAVAILABLE = Page(
    503,
    translatable("Das Portal ist gerade nicht erreichbar"),
    translatable(
        "Es ist nichts verloren. Bitte versuchen Sie es in einer Minute noch einmal. "
        "Andere Bereiche des Portals gehen vielleicht trotzdem."
    ),
)
INTERNAL = Page(
    500,
    translatable("Da ist uns ein Fehler passiert"),
    translatable("Bitte versuchen Sie es noch einmal. Bleibt der Fehler, nennen Sie uns diese Kennung:"),
)
INVALID = Page(
    400,
    translatable("Diese Adresse stimmt nicht"),
    translatable("Bitte gehen Sie zurück und versuchen Sie es von dort aus."),
)
REFUSED = Page(
    409,
    translatable("Das geht zurzeit nicht"),
    translatable("Bitte laden Sie die vorige Seite neu und versuchen Sie es noch einmal."),
)
NOT_ACTIVE = Page(
    409,
    translatable("Das Kundenportal ist ausgeschaltet"),
    translatable(
        "Ihr Dienstleister bietet das Kundenportal zurzeit nicht an. Bitte wenden Sie sich direkt an ihn."
    ),
)
TOO_LARGE = Page(
    413,
    translatable("Das ist zu viel Text"),
    translatable("Bitte gehen Sie zurück, kürzen Sie den Text und senden Sie ihn noch einmal."),
)
TOO_SLOW = Page(
    408,
    translatable("Das hat zu lange gedauert"),
    translatable(
        "Was Sie gesendet haben, kam zu langsam bei uns an. Bitte prüfen Sie Ihre Verbindung und versuchen "
        "Sie es noch einmal."
    ),
)
EXPIRED_FORM = Page(
    400,
    translatable("Das Formular ist nicht mehr gültig"),
    translatable(
        "Sie haben sich inzwischen neu an- oder abgemeldet, oder Ihr Browser nimmt keine Cookies an. "
        "Bitte gehen Sie zurück, laden Sie die Seite neu und senden Sie das Formular noch einmal."
    ),
)
TOO_MANY = Page(
    429,
    translatable("Das waren zu viele Versuche"),
    translatable("Bitte warten Sie ein paar Minuten, und versuchen Sie es dann noch einmal."),
)
METHOD = Page(
    405,
    translatable("So lässt sich diese Seite nicht aufrufen"),
    translatable("Bitte beginnen Sie auf der Startseite."),
)

SILENT = Page(
    503,
    translatable("Ein Teil des Portals antwortet gerade nicht"),
    translatable(
        "Es ist nichts verloren. Bitte versuchen Sie es in einer Minute noch einmal. "
        "Die anderen Bereiche können Sie weiter benutzen."
    ),
)
# What people know each service by.
_PARTS = {
    "invitation": translatable("Anmeldung und Konto"),
    "customers": translatable("Unternehmen, Kontakte und Einstellungen"),
    "requests": translatable("Anfragen senden und beantworten"),
    "orders": translatable("Aufträge und Termine planen"),
    "documents": translatable("Dateien, Angebote und Veröffentlichen"),
    "notifications": translatable("E-Mails"),
    "portal_read": translatable("die Übersicht des Kunden mit Anfragen, Terminen, Anlagen und Dokumenten"),
}

_BY_ERROR: dict[type[PortalError], Page] = {
    contract.NotFound: NOT_FOUND,
    contract.Forbidden: FORBIDDEN,
    contract.Unavailable: UNAVAILABLE,
    contract.DeadlineExceeded: UNAVAILABLE,
    contract.ValidationFailed: INVALID,
    contract.Conflict: REFUSED,
    contract.InvalidTransition: REFUSED,
    contract.PortalNotActive: NOT_ACTIVE,
    contract.TooManyAttempts: TOO_MANY,
}
_BY_STATUS = {
    page.status: page for page in (INVALID, FORBIDDEN, NOT_FOUND, METHOD, TOO_SLOW, TOO_LARGE, TOO_MANY)
}

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
    app.register_error_handler(CSRFError, lambda _error: show(EXPIRED_FORM))
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
    page = _BY_ERROR.get(type(error))
    if page is None:
        return _internal(str(error.details.get("reference") or session.correlation_id()), error)
    if isinstance(error, contract.TooManyAttempts):
        return *show(page, again=_repeatable()), waiting.headers(error)
    if page is UNAVAILABLE:
        _log.warning("page_unavailable", endpoint=request.endpoint, code=error.code, service=session.silent())
        part = _PARTS.get(session.silent() or "")
        return show(SILENT if part else page, again=_repeatable(), part=part)
    return show(page)


def _sign_in_again(_error: PortalError) -> ResponseReturnValue:
    if session.kind() is not None:
        session.forget()
        flash(_("Ihre Sitzung ist abgelaufen. Bitte melden Sie sich neu an."), "info")
    return redirect(url_for("account.sign_in", next=_way_back()), 303)


def _http(error: HTTPException) -> ResponseReturnValue:
    if request.path.startswith(problems.AREA):
        return problems.of_http(error)
    if error.code is None or error.code < 400:
        return error.get_response()
    page = _BY_STATUS.get(error.code, INVALID)
    return render_template("error.html", page=page), error.code


def _fault(error: Exception) -> ResponseReturnValue:
    _log.error("page_failed", endpoint=request.endpoint, exc_info=error)
    return _internal(str(session.correlation_id()), None)


def _internal(reference: str, error: PortalError | None) -> ResponseReturnValue:
    if error is not None:
        _log.error("page_refused", endpoint=request.endpoint, code=error.code, reference=reference)
    return show(INTERNAL, reference=reference)


def _repeatable() -> list[tuple[str, str]]:
    """The form that was sent, where sending it once more can't do its work twice."""
    return list(request.form.items(multi=True)) if "command_id" in request.form else []


def _way_back() -> str | None:
    """The page to return to after signing in, where the address can be opened as a page."""
    methods = (request.url_rule and request.url_rule.methods) or set()
    if "GET" not in methods or request.path == "/":
        return None
    return request.full_path.rstrip("?")
