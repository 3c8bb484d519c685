"""The customer's settings: personal information, the provider's, the account, and delete and resync."""

from contextlib import suppress
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.gateway import edits, languages, personal_data, session, waiting
from services.gateway.customer_view import only_for_customers, read
from services.gateway.edits import Edit
from services.gateway.fields import CHOICE, LANGUAGES, YES, Field
from services.gateway.forms import Form, again, command_id, refused, secret
from services.gateway.fragments import is_fragment
from services.gateway.languages import gettext as _
from services.gateway.languages import translated
from shared.contracts.errors import Conflict, NotFound, TooManyAttempts, ValidationFailed
from shared.contracts.values import Language

pages = Blueprint("settings", __name__, url_prefix="/settings")
pages.before_request(only_for_customers)


@pages.get("")
def overview() -> ResponseReturnValue:
    return _page()


@pages.post("/contact")
def change_contact() -> ResponseReturnValue:
    contact = read("settings")["contact"]
    if contact is None:
        raise NotFound("contact")
    edit = Edit.in_the_form(_personal(), contact)
    if edit.overtaken:
        return _page(contact=edit.once_more), 409
    if not edit.arguments:
        flash(translated(edits.UNCHANGED), "info")
        return redirect(url_for("settings.overview"), 303)
    try:
        done = session.call(
            "customers",
            "update_contact",
            contact_id=contact["contact_id"],
            command_id=command_id(),
            **edit.arguments,
        )
    except ValidationFailed as error:
        return _page(contact=again(edit.form, error)), 422
    session.speak(Language(edit.arguments.get("language", contact["language"])))
    flash(_("Ihre Angaben sind gespeichert."), "success")
    return redirect(url_for("settings.overview", at_least=done["position"]), 303)


@pages.post("/password")
def change_password() -> ResponseReturnValue:
    current, new = secret("current"), secret("new")
    try:
        session.call("invitation", "change_password", current=current, new=new)
    except ValidationFailed as error:
        return _page(password=refused({"current": current, "new": new}, error)), 422
    except TooManyAttempts as error:
        return _page(password=Form(message=waiting.message(error))), 429, waiting.headers(error)
    except Conflict:
        # Somebody changed it at this moment; the form asks again.
        return _page(password=Form(message=_("Ihr Passwort wurde gerade geändert."))), 409
    flash(
        _("Ihr neues Passwort gilt. Alle anderen Anmeldungen enden, spätestens in zehn Minuten."), "success"
    )
    return redirect(url_for("settings.overview"), 303)


@pages.post("/sessions/<uuid:session_id>/end")
def end_session(session_id: UUID) -> ResponseReturnValue:
    # One that has ended by itself meanwhile is gone from the list, too.
    with suppress(NotFound):
        session.call("invitation", "end_session", session_id=session_id)
    flash(_("Die Anmeldung endet, spätestens in zehn Minuten."), "success")
    return redirect(url_for("settings.overview", _anchor="sessions"), 303)


@pages.get("/personal-data")
def take_personal_data() -> ResponseReturnValue:
    """All that the portal holds of the caller, to keep."""
    return personal_data.copy()


@pages.post("/resync")
def resync() -> ResponseReturnValue:
    started = session.call("portal_read", "resync", command_id=command_id())
    return redirect(url_for("settings.resync_progress", resync_id=started["resync_id"]), 303)


@pages.get("/resync/<uuid:resync_id>")
def resync_progress(resync_id: UUID) -> ResponseReturnValue:
    """How far it is; of the page the progress alone where a script asks for that."""
    found = session.call("portal_read", "resync_status", resync_id=resync_id)
    template = "_resync.html" if is_fragment() else "resync.html"
    return render_template(template, resync=found, resync_id=resync_id)


def _page(*, contact: Form | None = None, password: Form | None = None) -> str:
    found = read("settings")
    personal, known = _personal(), found["contact"]
    session.remember_provider(found["provider"])
    return render_template(
        "settings.html",
        settings=found,
        contact_form=contact or (edits.begun(personal, known) if known else Form()),
        contact_labels={field.name: field.label for field in personal},
        password_form=password or Form(),
        sessions=session.call("invitation", "sessions")["items"],
        languages=languages.NAMES,
    )


def _personal() -> tuple[Field, ...]:
    """What customers change of themselves."""
    return (
        Field("first_name", _("Vorname")),
        Field("last_name", _("Nachname")),
        Field("phone", _("Telefon"), "tel", optional=True),
        Field("language", _("Sprache der Seiten und E-Mails"), CHOICE, choices=LANGUAGES),
        Field("notifications_enabled", _("E-Mails bekommen, wenn sich etwas tut"), YES),
    )
