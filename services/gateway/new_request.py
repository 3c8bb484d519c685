"""The form for a new request. Scripts show it in steps; without them it is one page."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import address, attachments, session
from services.gateway.customer_view import only_for_customers
from services.gateway.forms import Form, command_id, new_command_id, refused, typed
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from services.gateway.places import Places, equipment_at
from shared.contracts.errors import Conflict, ValidationFailed

SUBMITTED_BEFORE = translatable(
    "Diese Anfrage haben Sie schon gesendet, mit anderem Inhalt. "
    "Wenn Sie eine weitere senden möchten, senden Sie das Formular noch einmal ab."
)
FILES_GONE = translatable("Eine Datei ist nicht mehr da. Bitte fügen Sie sie noch einmal hinzu.")
FIELDS = ("title", "description", "site_id", "equipment_id")
ATTACHMENTS = "attachment_ids"
pages = Blueprint("new_request", __name__, url_prefix="/requests/new")
pages.before_request(only_for_customers)


@pages.get("")
def form() -> ResponseReturnValue:
    asked = {name: request.args.get(name, "") for name in ("site", "equipment")}
    values = {"site_id": asked["site"], "equipment_id": asked["equipment"]}
    return _page(Form(values), new_command_id(), [])


@pages.post("")
def submit() -> ResponseReturnValue:
    values, command = typed(*FIELDS), command_id()
    attachment_ids = request.form.getlist(ATTACHMENTS)
    try:
        submitted = _submit(values, attachment_ids, command)
    except ValidationFailed as error:
        return _page(_refused(values, error), command, attachment_ids), 422
    except Conflict:
        again = Form(values, message=translated(SUBMITTED_BEFORE))
        return _page(again, new_command_id(), attachment_ids), 409
    flash(_("Ihre Anfrage %(number)s ist eingereicht.", number=submitted["number"]), "success")
    return redirect(
        url_for(
            "portal.request_page",
            request_id=submitted["request_id"],
            at_least=submitted["position"],
            sent=command,
        ),
        303,
    )


@pages.get("/sites")
def sites() -> ResponseReturnValue:
    """The sites that a search finds, to choose one of them."""
    search = address.search()
    places = Places.find(chosen_id=request.args.get("site_id"), search=search)
    return render_template("_site_choice.html", places=places)


@pages.get("/equipment")
def equipment() -> ResponseReturnValue:
    """The equipment at a site, to choose one of it."""
    found = equipment_at(request.args.get("site_id", ""))
    return render_template("_equipment_choice.html", equipment=found, values={}, errors={})


def _submit(values: Mapping[str, str], attachment_ids: list[str], command: str | None) -> dict[str, Any]:
    submitted: dict[str, Any] = session.call(
        "requests",
        "submit",
        title=values["title"],
        description=values["description"],
        site_id=values["site_id"],
        equipment_id=values["equipment_id"] or None,
        attachment_ids=attachment_ids,
        command_id=command,
    )
    return submitted


def _refused(values: dict[str, str], error: ValidationFailed) -> Form:
    """The form again; whatever is wrong with a file is said in one sentence."""
    rest = ValidationFailed({name: said for name, said in error.fields.items() if name != ATTACHMENTS})
    form = refused(values, rest)
    if ATTACHMENTS in error.fields:
        form.errors[ATTACHMENTS] = translated(FILES_GONE)
    return form


def _page(form: Form, command: str | None, attachment_ids: list[str]) -> str:
    places = Places.find(chosen_id=form.values.get("site_id"))
    return render_template(
        "request_new.html",
        form=form,
        places=places,
        equipment=equipment_at(places.chosen_id),
        attachments=attachments.known(attachment_ids),
        command_id=command,
        account_id=session.account_id(),
    )
