"""A company's equipment, by site."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from services.gateway.fields import DATE, Field
from services.gateway.languages import gettext as _
from services.gateway.provider.companies import load, page_of, part_of
from services.gateway.provider.question import Question
from services.gateway.provider.sites import PART

pages = Blueprint("equipment", __name__, url_prefix="/companies/<uuid:company_id>")


@pages.route("/sites/<uuid:site_id>/equipment/new", methods=["GET", "POST"])
def add(company_id: UUID, site_id: UUID) -> ResponseReturnValue:
    site = part_of(load(company_id), "site", site_id)
    question = Question(
        area="companies",
        title=_("Neue Anlage: %(site)s", site=site["name"]),
        button=_("Anlage anlegen"),
        back=page_of(company_id, PART),
        fields=_fields(),
    )
    return question.run("customers.add_equipment", {"site_id": site_id}, _("Die Anlage ist angelegt."))


@pages.route("/equipment/<uuid:equipment_id>/edit", methods=["GET", "POST"])
def edit(company_id: UUID, equipment_id: UUID) -> ResponseReturnValue:
    item = part_of(load(company_id), "equipment", equipment_id)
    question = Question(
        area="companies",
        title=_("Anlage bearbeiten"),
        button=_("Speichern"),
        back=page_of(company_id, PART),
        fields=_fields(),
    )
    return question.change(
        "customers.update_equipment",
        {"equipment_id": equipment_id},
        _("Die Anlage ist gespeichert."),
        item=item,
    )


@pages.route("/equipment/<uuid:equipment_id>/remove", methods=["GET", "POST"])
def remove(company_id: UUID, equipment_id: UUID) -> ResponseReturnValue:
    item = part_of(load(company_id), "equipment", equipment_id)
    question = Question(
        area="companies",
        title=_("Anlage entfernen?"),
        button=_("Ja, entfernen"),
        back=page_of(company_id, PART),
        text=_("„%(name)s“ verschwindet aus dem Portal des Kunden.", name=item["name"]),
        danger=True,
    )
    return question.run(
        "customers.remove_equipment", {"equipment_id": equipment_id}, _("Die Anlage ist entfernt.")
    )


def _fields() -> tuple[Field, ...]:
    return (
        Field("name", _("Bezeichnung"), hint=_("Etwa „Gasbrennwertkessel“.")),
        Field("manufacturer", _("Hersteller"), optional=True),
        Field("model", _("Modell"), optional=True),
        Field("serial_number", _("Seriennummer"), optional=True),
        Field("installed_on", _("Eingebaut am"), DATE, optional=True),
    )
