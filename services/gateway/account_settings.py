"""The customer's settings: personal information, the provider's, the account, and delete and resync."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.gateway import languages, personal_data, session, waiting
from services.gateway.customer_view import only_for_customers, read
from services.gateway.forms import Form, checked, command_id, refused, secret, typed
from services.gateway.fragments import is_fragment
from services.gateway.languages import gettext as _
from shared.contracts.errors import Conflict, NotFound, TooManyAttempts, ValidationFailed
from shared.contracts.values import Language

PERSONAL = ("first_name", "last_name", "phone", "language")
pages = Blueprint("settings", __name__, url_prefix="/settings")
pages.before_request(only_for_customers)


@pages.get("")
def overview() -> ResponseReturnValue:
    return _page()


@pages.post("/contact")
def change_contact() -> ResponseReturnValue:
    values = typed(*PERSONAL)
    notify = checked("notifications_enabled")
    contact_id = read("settings")["contact"]["contact_id"]
    changes = values | {"phone": values["phone"] or None, "notifications_enabled": notify}
    try:
        done = session.call(
            "customers", "update_contact", contact_id=contact_id, command_id=command_id(), **changes
        )
    except ValidationFailed as error:
        form = refused(values, error)
        return _page(contact=Form(values | _flag(notify), form.errors, form.message)), 422
    session.speak(Language(values["language"]))
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
    session.remember_provider(found["provider"])
    return render_template(
        "settings.html",
        settings=found,
        contact_form=contact or Form(_contact_values(found["contact"] or {})),
        password_form=password or Form(),
        sessions=session.call("invitation", "sessions")["items"],
        languages=languages.NAMES,
    )


def _contact_values(contact: Mapping[str, Any]) -> dict[str, str]:
    """What the form shows of a contact, as texts."""
    shown = {name: str(contact.get(name) or "") for name in PERSONAL}
    return shown | _flag(bool(contact.get("notifications_enabled")))


def _flag(notify: bool) -> dict[str, str]:
    return {"notifications_enabled": "on" if notify else ""}
