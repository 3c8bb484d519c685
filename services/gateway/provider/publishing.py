"""Publishing an offer, a service report or an invoice: its PDF, and what is said of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from services.gateway import formatting, session
from services.gateway.fields import CHOICE, DATE, MONEY, Field, given
from services.gateway.forms import Form, checked, command_id, refused, typed
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from services.gateway.provider import publishing_summary
from services.gateway.provider.companies import Item, load, page_of
from services.gateway.provider.documents import LASTING
from services.gateway.provider.question import Question, call, overtaken
from services.gateway.provider.refusals import why
from services.gateway.uploads import FIELD, FormWithFile
from shared.contracts.documents import DocumentKind
from shared.contracts.errors import Conflict, InvalidTransition, NotFound, ValidationFailed
from shared.files.location import Owner

TITLES = {
    DocumentKind.OFFER: translatable("Angebot veröffentlichen"),
    DocumentKind.SERVICE_REPORT: translatable("Servicebericht veröffentlichen"),
    DocumentKind.INVOICE: translatable("Rechnung veröffentlichen"),
}
PART = "documents"
# What is kept of a file that lies in the store, so that it needs to be sent only once.
_STORED = ("sha256", "filename")
ADDRESS = "/companies/<uuid:company_id>/documents/new/<any(offer, service_report, invoice):kind>"
# Its forms are too large to look for the CSRF token in before they are read, so the view does that itself.
pages = Blueprint("publishing", __name__)


class _Named(NamedTuple):
    """What the address names: the order that one comes from, and the document that is to be replaced."""

    order: Item | None
    replaced: Item | None

    @classmethod
    def in_the_address(cls) -> Self:
        """Raises NotFound."""
        return cls(
            _asked_for("order", "orders", "order", "order_id"),
            _asked_for("replaces", "documents", "document", "document_id"),
        )


@pages.get(ADDRESS)
def asking(company_id: UUID, kind: str) -> ResponseReturnValue:
    named = _Named.in_the_address()
    if named.replaced and (status := named.replaced["status"]) in LASTING:
        gone = InvalidTransition(f"The document is {status}.", status=status)
        return overtaken(
            gone, url_for("back_office.documents.one", document_id=named.replaced["document_id"])
        )
    return _question(load(company_id), kind, named).show(Form(_begun(named)))


@pages.post(ADDRESS)
def publish(company_id: UUID, kind: str) -> ResponseReturnValue:
    """Ask once more, with all of it before one's eyes, then publish."""
    sent = FormWithFile()
    _check_csrf()
    company = load(company_id)
    question = _question(company, kind, _Named.in_the_address())
    values = typed(*(field.name for field in question.fields), *_STORED) | {FIELD: sent.filename}
    if checked("change"):
        return question.show(Form(values), command=command_id())
    try:
        values |= _stored(sent, company_id)
        arguments = _arguments(company_id, kind, question, values)
        if not checked("confirmed"):
            file = session.call("documents", "check_publish", **arguments)
            return publishing_summary.page(question, values, company=company, file=file)
        published = call("documents.publish", **arguments)
    except ValidationFailed as error:
        return question.show(_at_the_file(values, error), command=command_id()), 422
    except Conflict as error:
        return question.show(Form(values, message=why(error))), 409
    except InvalidTransition as error:
        return overtaken(error, question.back)
    flash(_("Das Dokument ist veröffentlicht."), "success")
    return redirect(url_for("back_office.documents.one", document_id=published["document_id"]), 303)


def _check_csrf() -> None:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as error:
        raise CSRFError(error.args[0]) from None


def _stored(sent: FormWithFile, company_id: UUID) -> dict[str, str]:
    """Where the file lies now, or nothing when none was chosen this time.

    The company was loaded in the caller's name before, so the token says truly whose it is.
    """
    upload = sent.store(Owner(session.caller().provider, company_id))
    if upload is None:
        return {}
    stored = {"sha256": upload.sha256, "filename": upload.filename}
    sent.hold(stored)
    return stored


def _arguments(
    company_id: UUID, kind: str, question: Question, values: Mapping[str, str]
) -> Mapping[str, Any]:
    if not values["sha256"]:
        raise ValidationFailed({FIELD: ["Missing data"]})
    stored = {name: values[name] for name in _STORED}
    fixed = {"company_id": company_id, "kind": kind, "replaces": request.args.get("replaces")}
    return given(question.fields, values) | stored | fixed


def _at_the_file(values: dict[str, str], error: ValidationFailed) -> Form:
    """What is wrong with the content stands at the field of the file, which then is to be chosen anew."""
    for name in _STORED:
        if name in error.fields:
            error.fields[FIELD] = error.fields.pop(name)
            values |= dict.fromkeys(_STORED, "") | {FIELD: values["filename"]}
    return refused(values, error)


def _question(company: Item, kind: str, named: _Named) -> Question:
    return Question(
        area="documents",
        title=translated(TITLES[DocumentKind(kind)]),
        button=_("Weiter"),
        back=page_of(company["company_id"], PART),
        fields=_fields(DocumentKind(kind), company, named.order),
        text=_replaces(named.replaced) if named.replaced else _("Für %(company)s.", company=company["name"]),
        template="provider/publish.html",
    )


def _replaces(document: Item) -> str:
    return _(
        "Ersetzt %(number)s „%(title)s“. Der Kunde sieht dann nur noch das neue Dokument.",
        number=document["number"],
        title=document["title"],
    )


def _fields(kind: DocumentKind, company: Item, order: Item | None) -> list[Field]:
    fields = [Field("number", _("Nummer")), Field("title", _("Worum es geht"))]
    if kind is not DocumentKind.SERVICE_REPORT:
        fields.append(Field("total", _("Gesamtbetrag in Euro"), MONEY, hint=_("Mit Umsatzsteuer.")))
    if kind is DocumentKind.OFFER:
        fields.append(Field("valid_until", _("Gültig bis"), DATE, hint=_("Der letzte Tag.")))
    if order:
        choices = [(order["order_id"], f"{order['title']} ({formatting.day(order['created_at'])})")]
        fields.append(Field("order_id", _("Auftrag"), CHOICE, optional=True, choices=choices))
    sites = [(site["site_id"], site["name"]) for site in company["sites"]]
    return [*fields, Field("site_id", _("Einsatzort"), CHOICE, optional=True, choices=sites)]


def _begun(named: _Named) -> dict[str, str]:
    """What the form begins with: that of the document to correct, and the order that one comes from."""
    values: dict[str, Any] = {}
    if order := named.order:
        values = {name: order[name] for name in ("title", "site_id", "order_id")}
    if replaced := named.replaced:
        values |= {name: replaced[name] or "" for name in ("title", "valid_until", "site_id", "order_id")}
        values["total"] = (replaced["total"] or {"amount": ""})["amount"].replace(".", ",")
    return values


def _asked_for(parameter: str, service: str, method: str, key: str) -> Item | None:
    """What the address names, if anything. Raises NotFound."""
    given_id = request.args.get(parameter)
    if not given_id:
        return None
    try:
        id_ = UUID(given_id)
    except ValueError:
        raise NotFound(parameter) from None
    found: Item = session.call(service, method, **{key: id_})
    return found
