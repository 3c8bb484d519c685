"""A company's sites: where work is done, with a place on the map."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from services.gateway.fields import COORDINATE, LINES, Field
from services.gateway.languages import gettext as _
from services.gateway.provider.companies import load, page_of, part_of
from services.gateway.provider.question import Question

pages = Blueprint("sites", __name__, url_prefix="/companies/<uuid:company_id>/sites")
PART = "sites"
TEMPLATE = "provider/site.html"


@pages.route("/new", methods=["GET", "POST"])
def add(company_id: UUID) -> ResponseReturnValue:
    company = load(company_id)
    question = Question(
        area="companies",
        title=_("Neuer Einsatzort: %(company)s", company=company["name"]),
        button=_("Einsatzort anlegen"),
        back=page_of(company_id, PART),
        fields=_fields(),
        template=TEMPLATE,
    )
    return question.run("customers.add_site", {"company_id": company_id}, _("Der Einsatzort ist angelegt."))


@pages.route("/<uuid:site_id>/edit", methods=["GET", "POST"])
def edit(company_id: UUID, site_id: UUID) -> ResponseReturnValue:
    site = part_of(load(company_id), "site", site_id)
    question = Question(
        area="companies",
        title=_("Einsatzort bearbeiten"),
        button=_("Speichern"),
        back=page_of(company_id, PART),
        fields=_fields(),
        template=TEMPLATE,
    )
    return question.change(
        "customers.update_site",
        {"site_id": site_id},
        _("Der Einsatzort ist gespeichert."),
        item=site,
    )


@pages.route("/<uuid:site_id>/remove", methods=["GET", "POST"])
def remove(company_id: UUID, site_id: UUID) -> ResponseReturnValue:
    site = part_of(load(company_id), "site", site_id)
    question = Question(
        area="companies",
        title=_("Einsatzort entfernen?"),
        button=_("Ja, entfernen"),
        back=page_of(company_id, PART),
        text=_(
            "„%(name)s“ und die Anlagen dort verschwinden aus dem Portal des Kunden. In alten Anfragen, "
            "Terminen und Dokumenten bleibt der Name stehen.",
            name=site["name"],
        ),
        danger=True,
    )
    return question.run("customers.remove_site", {"site_id": site_id}, _("Der Einsatzort ist entfernt."))


def _fields() -> tuple[Field, ...]:
    return (
        Field("name", _("Name"), hint=_("Wie der Kunde ihn nennt, etwa „Filiale Süd“.")),
        Field("address", _("Adresse"), LINES),
        _coordinate("latitude", _("Breite"), hint=_("Grad nach Norden, etwa 48,3715.")),
        _coordinate("longitude", _("Länge"), hint=_("Grad nach Osten, etwa 10,8985.")),
    )


def _coordinate(name: str, label: str, *, hint: str) -> Field:
    return Field(name, label, COORDINATE, hint=hint, optional=True, part_of="place")
