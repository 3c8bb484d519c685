"""Signing in and out, and accepting an invitation."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import session, waiting
from services.gateway.forms import Form, missing, refused, secret, typed
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from services.gateway.security import client, local_path
from shared.contracts.errors import (
    Conflict,
    InvalidTransition,
    PortalError,
    TooManyAttempts,
    Unauthenticated,
    ValidationFailed,
)
from shared.contracts.values import CallerKind, Language

BACK_OFFICE = "/provider/"
ADDRESS_IN_USE = translatable(
    "Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich damit an, "
    "oder bitten Sie Ihren Dienstleister um eine Einladung an eine andere Adresse."
)
RENEWED = translatable(
    "Ihre neue Einladung ist unterwegs, an dieselbe Adresse wie die alte. "
    "Kommt nichts an, wenden Sie sich bitte an Ihren Dienstleister."
)
pages = Blueprint("account", __name__)


@pages.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    if (kind := session.kind()) is not None:
        return redirect(_after_sign_in(kind))
    return _sign_in_page(Form())


@pages.post("/sign-in")
def signing_in() -> ResponseReturnValue:
    values = typed("email")
    password = secret("password")
    if empty := [name for name, value in (("email", values["email"]), ("password", password)) if not value]:
        return _sign_in_page(Form(values, missing(*empty))), 422
    try:
        answer = session.call_as_anyone(
            "invitation", "sign_in", email=values["email"], password=password, client=client()
        )
    except Unauthenticated:
        return _sign_in_page(
            Form(values, message=_("Die E-Mail-Adresse oder das Passwort stimmt nicht."))
        ), 401
    except TooManyAttempts as error:
        page = _sign_in_page(Form(values, message=waiting.message(error)))
        return page, 429, waiting.headers(error)
    _begin(answer)
    return redirect(_after_sign_in(CallerKind(answer["caller"]["kind"])), 303)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    session.end()
    flash(_("Sie sind abgemeldet."), "info")
    return redirect(url_for("account.sign_in"), 303)


@pages.post("/language")
def speak() -> ResponseReturnValue:
    """The language that somebody chose who has no account with one."""
    chosen = request.form.get("language")
    if chosen in set(Language):
        session.speak(Language(chosen))
    return redirect(local_path(request.form.get("back")) or url_for("account.sign_in"), 303)


@pages.get("/invitation/<token>")
def invitation(token: str) -> ResponseReturnValue:
    """Consumes nothing: mail scanners open the link too."""
    return _invitation_page(token, Form())


@pages.post("/invitation/<token>")
def accept_invitation(token: str) -> ResponseReturnValue:
    password = secret("password")
    try:
        answer = session.call_as_anyone("invitation", "accept", token=token, password=password)
    except ValidationFailed as error:
        return _invitation_page(token, refused({"password": password}, error)), 422
    except Conflict:
        return _invitation_page(token, Form(message=translated(ADDRESS_IN_USE))), 409
    except InvalidTransition:
        # The page says what became of the invitation in the meantime.
        return redirect(url_for("account.invitation", token=token), 303)
    _begin(answer)
    flash(_("Willkommen! Ihr Konto ist eingerichtet, und Sie sind angemeldet."), "success")
    return redirect(url_for("sites.start", at_least=answer["position"]), 303)


@pages.post("/invitation/<token>/renew")
def renew_invitation(token: str) -> ResponseReturnValue:
    """Have an expired invitation sent again; says the same whatever became of it."""
    session.call_as_anyone("invitation", "request_new_invitation", token=token)
    flash(translated(RENEWED), "info")
    return redirect(url_for("account.sign_in"), 303)


def _begin(answer: Mapping[str, Any]) -> None:
    """Start the session, and speak the language of the account unless another was chosen on the way here."""
    session.start(answer)
    if session.language() or session.kind() is not CallerKind.CUSTOMER:
        return
    try:
        contact = session.call("portal_read", "settings")["contact"]
    except PortalError as error:
        # The browser's language does meanwhile.
        current_app.logger.warning("the language of an account is not known: %s", error.code)
        return
    if contact:
        session.speak(Language(contact["language"]))


def _sign_in_page(form: Form) -> str:
    return render_template("sign_in.html", form=form, next=local_path(request.values.get("next")))


def _invitation_page(token: str, form: Form) -> str:
    answer = session.call_as_anyone("invitation", "check", token=token)
    return render_template("invitation.html", invitation=answer, token=token, form=form)


def _after_sign_in(kind: CallerKind) -> str:
    """The page that was asked for, when it is one for this kind of account; else its start page."""
    staff = kind is CallerKind.STAFF
    target = local_path(request.values.get("next"))
    if target is not None and target.startswith(BACK_OFFICE) == staff:
        return target
    return url_for("back_office.requests.all_requests") if staff else url_for("sites.start")
