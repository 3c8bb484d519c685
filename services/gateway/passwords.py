"""A forgotten password: asking for the link that sets another, and setting it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import session, waiting
from services.gateway.forms import Form, missing, refused, secret, typed
from services.gateway.languages import translatable, translated
from services.gateway.security import client
from shared.contracts.errors import Conflict, InvalidTransition, NotFound, TooManyAttempts, ValidationFailed

SENT = translatable(
    "Wenn es zu dieser Adresse ein Konto gibt, ist eine E-Mail unterwegs. Der Link darin gilt eine Stunde. "
    "Kommt nichts an, sehen Sie bitte auch im Spam-Ordner nach."
)
CHANGED = translatable("Ihr neues Passwort gilt. Bitte melden Sie sich damit an.")
pages = Blueprint("passwords", __name__)


@pages.get("/forgotten-password")
def forgotten() -> ResponseReturnValue:
    return _forgotten_page(Form({"email": request.args.get("email", "")}))


@pages.post("/forgotten-password")
def send_link() -> ResponseReturnValue:
    """Says the same whether or not there is such an account."""
    values = typed("email")
    if not values["email"]:
        return _forgotten_page(Form(values, missing("email"))), 422
    try:
        session.call_as_anyone("invitation", "request_password_reset", email=values["email"], client=client())
    except ValidationFailed as error:
        return _forgotten_page(refused(values, error)), 422
    except TooManyAttempts as error:
        page = _forgotten_page(Form(values, message=waiting.message(error)))
        return page, 429, waiting.headers(error)
    flash(translated(SENT), "info")
    return redirect(url_for("account.sign_in"), 303)


@pages.get("/reset-password/<token>")
def reset(token: str) -> ResponseReturnValue:
    """Consumes nothing: mail scanners open the link too."""
    return _reset_page(token, Form())


@pages.post("/reset-password/<token>")
def set_password(token: str) -> ResponseReturnValue:
    password = secret("password")
    try:
        session.call_as_anyone("invitation", "reset_password", token=token, password=password)
    except ValidationFailed as error:
        form = refused({"password": password}, error)
        return _reset_page(token, form, status=422)
    except (NotFound, InvalidTransition, Conflict):
        # The page says what became of the link in the meantime.
        return redirect(url_for("passwords.reset", token=token), 303)
    session.end()
    flash(translated(CHANGED), "success")
    return redirect(url_for("account.sign_in"), 303)


def _forgotten_page(form: Form) -> str:
    return render_template("forgotten_password.html", form=form)


def _reset_page(token: str, form: Form, *, status: int = 200) -> ResponseReturnValue:
    try:
        found = session.call_as_anyone("invitation", "check_reset", token=token)
    except (NotFound, InvalidTransition):
        return render_template("reset_ended.html"), 410
    return render_template("reset_password.html", email=found["email"], form=form), status
