"""Published documents of all companies: what they are, who answered what and when, and taking one back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import address, session
from services.gateway.directory import company_names
from services.gateway.languages import gettext as _
from services.gateway.provider.companies import load
from services.gateway.provider.question import Question
from shared.contracts.documents import DocumentKind, DocumentStatus

pages = Blueprint("documents", __name__)
# What is neither withdrawn nor replaced any more.
LASTING = (DocumentStatus.ACCEPTED, DocumentStatus.WITHDRAWN, DocumentStatus.REPLACED)


@pages.get("/documents")
def all_documents() -> ResponseReturnValue:
    return _listed(None)


@pages.get("/companies/<uuid:company_id>/documents")
def of_company(company_id: UUID) -> ResponseReturnValue:
    return _listed(load(company_id))


@pages.get("/documents/<uuid:document_id>")
def one(document_id: UUID) -> ResponseReturnValue:
    document = session.call("documents", "document", document_id=document_id)
    company = load(document["company_id"])
    names = {
        contact["contact_id"]: f"{contact['first_name']} {contact['last_name']}"
        for contact in company["contacts"]
    }
    sites = {site["site_id"]: site["name"] for site in company["sites"]}
    return render_template(
        "provider/document.html",
        document=document,
        company=company,
        answered_by=names.get(document["answered_by"]),
        site_name=sites.get(document["site_id"]),
        can_be_withdrawn=document["status"] not in LASTING,
    )


@pages.route("/documents/<uuid:document_id>/withdraw", methods=["GET", "POST"])
def withdraw(document_id: UUID) -> ResponseReturnValue:
    document = session.call("documents", "document", document_id=document_id)
    question = Question(
        area="documents",
        title=_("Dokument zurückziehen?"),
        button=_("Ja, zurückziehen"),
        back=url_for(".one", document_id=document_id),
        text=_(
            "%(number)s „%(title)s“ verschwindet aus dem Portal des Kunden. Sie selbst sehen es hier "
            "weiterhin.",
            number=document["number"],
            title=document["title"],
        ),
        danger=True,
    )
    return question.run(
        "documents.withdraw", {"document_id": document_id}, _("Das Dokument ist zurückgezogen.")
    )


def _listed(company: dict[str, Any] | None) -> str:
    kind = address.choice(DocumentKind, "kind")
    listed = session.call(
        "documents",
        "documents",
        company_id=company and company["company_id"],
        kind=kind,
        cursor=request.args.get("cursor"),
    )
    names = {company["company_id"]: company["name"]} if company else company_names(listed["items"])
    return render_template(
        "provider/documents.html",
        listed=listed,
        company=company,
        company_names=names,
        kind=kind,
        kinds=list(DocumentKind),
    )
