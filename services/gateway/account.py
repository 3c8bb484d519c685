"""Signing in and out, and accepting an invitation."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import session
from services.gateway.forms import FILL_IN, Form, refused, secret, typed
from services.gateway.security import local_path
from shared.contracts.errors import Conflict, InvalidTransition, Unauthenticated, ValidationFailed
from shared.contracts.values import CallerKind

BACK_OFFICE = "/provider/"
ADDRESS_IN_USE = (
    "Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich damit an, "
    "oder bitten Sie Ihren Dienstleister um eine Einladung an eine andere Adresse."
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
    if missing := {name for name, value in (("email", values["email"]), ("password", password)) if not value}:
        return _sign_in_page(Form(values, dict.fromkeys(missing, FILL_IN))), 422
    try:
        answer = session.call_as_anyone("invitation", "sign_in", email=values["email"], password=password)
    except Unauthenticated:
        return _sign_in_page(Form(values, message="Die E-Mail-Adresse oder das Passwort stimmt nicht.")), 401
    session.start(answer)
    return redirect(_after_sign_in(CallerKind(answer["caller"]["kind"])), 303)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    session.end()
    flash("Sie sind abgemeldet.", "info")
    return redirect(url_for("account.sign_in"), 303)


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
        return _invitation_page(token, Form(message=ADDRESS_IN_USE)), 409
    except InvalidTransition:
        # The page says what became of the invitation in the meantime.
        return redirect(url_for("account.invitation", token=token), 303)
    session.start(answer)
    flash("Willkommen! Ihr Konto ist eingerichtet, und Sie sind angemeldet.", "success")
    return redirect(url_for("portal.start", at_least=answer["position"]), 303)


def _sign_in_page(form: Form) -> str:
    return render_template("sign_in.html", form=form, next=local_path(request.values.get("next")))


def _invitation_page(token: str, form: Form) -> str:
    answer = session.call_as_anyone("invitation", "check", token=token)
    return render_template("invitation.html", invitation=answer, form=form)


def _after_sign_in(kind: CallerKind) -> str:
    """The page that was asked for, when it is one for this kind of account; else its start page."""
    staff = kind is CallerKind.STAFF
    target = local_path(request.values.get("next"))
    if target is not None and target.startswith(BACK_OFFICE) == staff:
        return target
    return url_for("back_office.requests") if staff else url_for("portal.start")
