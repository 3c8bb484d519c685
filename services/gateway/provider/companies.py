"""Companies: finding one, adding one, and all there is to know of one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import session
from services.gateway.fields import Field
from services.gateway.languages import gettext as _
from services.gateway.provider.question import Question
from services.gateway.provider.refusals import CONDITIONS
from shared.contracts.errors import NotFound, ValidationFailed

Item = dict[str, Any]
pages = Blueprint("companies", __name__, url_prefix="/companies")
# What of a company's papers and mails its page shows; the rest has pages of its own.
NEWEST = 5


@pages.get("")
def all_companies() -> ResponseReturnValue:
    search = request.args.get("search", "").strip()
    cursor = request.args.get("cursor")
    try:
        listed = session.call("customers", "companies", search=search or None, cursor=cursor)
    except ValidationFailed as error:
        if "search" not in error.fields:
            raise
        # More words than the search takes; no company has so many.
        listed = {"items": [], "next": None}
    return render_template(
        "provider/companies.html", companies=_with_access(listed["items"]), next=listed["next"], search=search
    )


@pages.route("/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    question = Question(
        area="companies",
        title=_("Neues Unternehmen"),
        button=_("Unternehmen anlegen"),
        back=url_for(".all_companies"),
        fields=_fields(),
    )
    return question.run(
        "customers.register_company",
        {},
        _("Das Unternehmen ist angelegt. Als Nächstes fehlt ein Hauptansprechpartner."),
        then=lambda added: page_of(added["company_id"]),
    )


@pages.get("/<uuid:company_id>")
def one(company_id: UUID) -> ResponseReturnValue:
    company = load(company_id)
    listed = {"company_id": company_id}
    return render_template(
        "provider/company.html",
        company=company,
        main_contact=main_contact(company),
        conditions=session.call("invitation", "conditions", **listed),
        conditions_said=CONDITIONS,
        invitations=session.call("invitation", "invitations", **listed)["items"],
        documents=session.call("documents", "documents", **listed)["items"][:NEWEST],
        mails=session.call("notifications", "deliveries", **listed)["items"][:NEWEST],
    )


@pages.route("/<uuid:company_id>/edit", methods=["GET", "POST"])
def edit(company_id: UUID) -> ResponseReturnValue:
    company = load(company_id)
    question = Question(
        area="companies",
        title=_("Unternehmen bearbeiten"),
        button=_("Speichern"),
        back=page_of(company_id),
        fields=_fields(),
    )
    return question.change(
        "customers.update_company",
        {"company_id": company_id},
        _("Das Unternehmen ist gespeichert."),
        item=company,
    )


def load(company_id: UUID | str) -> Item:
    """A company with its contacts, sites and equipment. Raises NotFound."""
    company: Item = session.call("customers", "company", company_id=company_id)
    return company


def part_of(company: Item, kind: str, id_: UUID) -> Item:
    """A contact, site or device of a company, by its id. Raises NotFound."""
    places = {"contact": "contacts", "site": "sites", "equipment": "equipment"}
    for item in company[places[kind]]:
        if item[f"{kind}_id"] == str(id_):
            found: Item = item
            return found
    raise NotFound(kind)


def main_contact(company: Item) -> Item | None:
    """The person who is invited and gets the mails, if one was chosen."""
    return next(
        (each for each in company["contacts"] if each["contact_id"] == company["main_contact_id"]), None
    )


def page_of(company_id: UUID | str, part: str | None = None) -> str:
    """The page of a company, or a part of it."""
    return url_for("back_office.companies.one", company_id=company_id, _anchor=part)


def _with_access(companies: list[Item]) -> list[Item]:
    """The companies with how far each has come into the portal, and since when."""
    ids = [each["company_id"] for each in companies]
    answer = session.call("invitation", "access_of", company_ids=ids)
    known = {each["company_id"]: each for each in answer["items"]}
    return [each | known.get(each["company_id"], {}) for each in companies]


def _fields() -> tuple[Field, ...]:
    return (
        Field("name", _("Name"), autocomplete="organization"),
        Field("number", _("Kundennummer"), optional=True, hint=_("Wie sie in Ihrem Betrieb heißt.")),
    )
