"""The customer's documents: the list of them, and the answer to an offer."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import address, session
from services.gateway.customer_view import only_for_customers, read
from services.gateway.forms import Form, command_id, refused, typed
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from shared.contracts.documents import DocumentKind, DocumentStatus
from shared.contracts.errors import Conflict, InvalidTransition, NotFound, ValidationFailed

CHANGED = translatable(
    "Das Angebot hat sich geändert, seit Sie es gelesen haben. Es ist noch nicht angenommen: "
    "Bitte lesen Sie es noch einmal, und entscheiden Sie dann."
)
OVERTAKEN = {
    DocumentStatus.ACCEPTED: translatable("Das Angebot ist schon angenommen."),
    DocumentStatus.DECLINED: translatable("Das Angebot ist schon abgelehnt."),
    DocumentStatus.EXPIRED: translatable(
        "Das Angebot ist abgelaufen. Ihr Dienstleister macht Ihnen gern ein neues."
    ),
    DocumentStatus.WITHDRAWN: translatable("Ihr Dienstleister hat das Angebot zurückgezogen."),
    DocumentStatus.REPLACED: translatable("Ihr Dienstleister hat das Angebot durch ein neues ersetzt."),
}
NO_ANSWER = translatable("Auf dieses Dokument ist keine Antwort nötig.")
pages = Blueprint("documents", __name__, url_prefix="/documents")
pages.before_request(only_for_customers)


@pages.get("")
def all_documents() -> ResponseReturnValue:
    kind = address.choice(DocumentKind, "kind")
    listed = read("documents", kind=kind, cursor=request.args.get("cursor"))
    return render_template("documents.html", listed=listed, kind=kind, kinds=list(DocumentKind))


@pages.get("/<uuid:document_id>")
def document_page(document_id: UUID) -> ResponseReturnValue:
    found = read("document", document_id=document_id)
    return render_template("document.html", document=found)


@pages.get("/<uuid:document_id>/accept")
def accepting(document_id: UUID) -> ResponseReturnValue:
    """Asks once more; the form names the content that is read now."""
    return _ask("offer_accept.html", document_id, Form())


@pages.post("/<uuid:document_id>/accept")
def accept(document_id: UUID) -> ResponseReturnValue:
    read_content = typed("sha256")["sha256"]
    try:
        done = _answer("accept_offer", document_id, sha256=read_content)
    except Conflict:
        flash(translated(CHANGED), "warning")
        return redirect(url_for("documents.accepting", document_id=document_id), 303)
    except InvalidTransition as error:
        return _overtaken(error.details["status"])
    flash(_("Vielen Dank! Das Angebot ist angenommen."), "success")
    return _back_to_list(done)


@pages.get("/<uuid:document_id>/decline")
def declining(document_id: UUID) -> ResponseReturnValue:
    return _ask("offer_decline.html", document_id, Form())


@pages.post("/<uuid:document_id>/decline")
def decline(document_id: UUID) -> ResponseReturnValue:
    values = typed("reason")
    try:
        done = _answer("decline_offer", document_id, reason=values["reason"] or None)
    except ValidationFailed as error:
        return _ask("offer_decline.html", document_id, refused(values, error), status=422)
    except Conflict:
        # Somebody answers it at this moment, or the form was sent with another reason before.
        return redirect(url_for("documents.declining", document_id=document_id), 303)
    except InvalidTransition as error:
        return _overtaken(error.details["status"])
    flash(_("Das Angebot ist abgelehnt."), "success")
    return _back_to_list(done)


def _answer(method: str, document_id: UUID, **arguments: Any) -> dict[str, Any]:
    done: dict[str, Any] = session.call(
        "documents", method, document_id=document_id, command_id=command_id(), **arguments
    )
    return done


def _ask(template: str, document_id: UUID, form: Form, *, status: int = 200) -> ResponseReturnValue:
    """A page that asks for the answer to an open offer. Raises NotFound for what is no offer."""
    offer = session.call("documents", "document", document_id=document_id)
    if offer["kind"] != DocumentKind.OFFER:
        raise NotFound("offer")
    if offer["status"] != DocumentStatus.OPEN:
        return _overtaken(offer["status"])
    return render_template(template, offer=offer, form=form), status


def _overtaken(status: str) -> ResponseReturnValue:
    """Says in the list, where things stand as they are now, why there is nothing to answer."""
    flash(translated(OVERTAKEN.get(DocumentStatus(status), NO_ANSWER)), "warning")
    return redirect(url_for("documents.all_documents"), 303)


def _back_to_list(done: dict[str, Any]) -> ResponseReturnValue:
    """The list, as it is once the answer shows there."""
    return redirect(url_for("documents.all_documents", at_least=done["position"]), 303)
