"""Why somebody can see something: the contacts who see one thing, and all that one contact has seen."""

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.gateway import session
from services.gateway.provider.companies import load
from shared.contracts.portal_read import ThingKind

pages = Blueprint("access", __name__)


@pages.get("/companies/<uuid:company_id>/sites/<uuid:site_id>/viewers")
def of_site(company_id: UUID, site_id: UUID) -> ResponseReturnValue:
    return _viewers(company_id, ThingKind.SITE, site_id)


@pages.get("/requests/<uuid:request_id>/viewers")
def of_request(request_id: UUID) -> ResponseReturnValue:
    found = session.call("requests", "request", request_id=request_id)
    return _viewers(found["company_id"], ThingKind.REQUEST, request_id)


@pages.get("/documents/<uuid:document_id>/viewers")
def of_document(document_id: UUID) -> ResponseReturnValue:
    found = session.call("documents", "document", document_id=document_id)
    return _viewers(found["company_id"], ThingKind.DOCUMENT, document_id)


@pages.get("/companies/<uuid:company_id>/contacts/<uuid:contact_id>/seen")
def of_contact(company_id: UUID, contact_id: UUID) -> ResponseReturnValue:
    seen = session.call(
        "portal_read",
        "seen_by",
        company_id=company_id,
        contact_id=contact_id,
        cursor=request.args.get("cursor"),
    )
    return render_template("provider/seen.html", company=load(company_id), contact_id=contact_id, seen=seen)


def _viewers(company_id: UUID | str, thing: ThingKind, thing_id: UUID) -> ResponseReturnValue:
    found = session.call("portal_read", "viewers", company_id=company_id, thing=thing, thing_id=thing_id)
    return render_template("provider/viewers.html", company=load(company_id), thing=thing, **found)
