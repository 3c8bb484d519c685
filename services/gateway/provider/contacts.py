"""A company's contacts: who they are, which is the main one, and who gets mails."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from services.gateway.fields import CHOICE, LANGUAGES, YES, Field
from services.gateway.languages import gettext as _
from services.gateway.provider.companies import load, page_of, part_of
from services.gateway.provider.question import Question, act
from shared.contracts.values import Language

pages = Blueprint("contacts", __name__, url_prefix="/companies/<uuid:company_id>/contacts")
PART = "contacts"


@pages.route("/new", methods=["GET", "POST"])
def add(company_id: UUID) -> ResponseReturnValue:
    company = load(company_id)
    question = Question(
        area="companies",
        title=_("Neuer Ansprechpartner: %(company)s", company=company["name"]),
        button=_("Ansprechpartner anlegen"),
        back=page_of(company_id, PART),
        fields=_fields(),
    )
    return question.run(
        "customers.add_contact",
        {"company_id": company_id},
        _("Der Ansprechpartner ist angelegt."),
        values={"notifications_enabled": "yes", "language": Language.GERMAN.value},
    )


@pages.route("/<uuid:contact_id>/edit", methods=["GET", "POST"])
def edit(company_id: UUID, contact_id: UUID) -> ResponseReturnValue:
    contact = part_of(load(company_id), "contact", contact_id)
    question = Question(
        area="companies",
        title=_("Ansprechpartner bearbeiten"),
        button=_("Speichern"),
        back=page_of(company_id, PART),
        fields=_fields(),
        text=_(
            "Mit einer anderen E-Mail-Adresse endet das Konto, das der Ansprechpartner im Portal hat; laden "
            "Sie ihn dann neu ein."
        ),
    )
    return question.change(
        "customers.update_contact",
        {"contact_id": contact_id},
        _("Der Ansprechpartner ist gespeichert."),
        item=contact,
    )


@pages.route("/<uuid:contact_id>/remove", methods=["GET", "POST"])
def remove(company_id: UUID, contact_id: UUID) -> ResponseReturnValue:
    contact = part_of(load(company_id), "contact", contact_id)
    question = Question(
        area="companies",
        title=_("Ansprechpartner entfernen?"),
        button=_("Ja, entfernen"),
        back=page_of(company_id, PART),
        text=_(
            "%(first_name)s %(last_name)s kann sich dann nicht mehr im Portal anmelden und bekommt keine "
            "E-Mails mehr. Anfragen und Aufträge bleiben.",
            first_name=contact["first_name"],
            last_name=contact["last_name"],
        ),
        danger=True,
    )
    return question.run(
        "customers.remove_contact", {"contact_id": contact_id}, _("Der Ansprechpartner ist entfernt.")
    )


@pages.post("/<uuid:contact_id>/main")
def make_main(company_id: UUID, contact_id: UUID) -> ResponseReturnValue:
    return act(
        "customers.set_main_contact",
        {"company_id": company_id, "contact_id": contact_id},
        _("Der Hauptansprechpartner ist gewählt."),
        back=page_of(company_id),
    )


@pages.post("/<uuid:contact_id>/notify")
def notify(company_id: UUID, contact_id: UUID) -> ResponseReturnValue:
    return act(
        "customers.update_contact",
        {"contact_id": contact_id, "notifications_enabled": True},
        _("Die Kundenbenachrichtigung ist eingeschaltet."),
        back=page_of(company_id),
    )


def _fields() -> tuple[Field, ...]:
    return (
        Field("first_name", _("Vorname")),
        Field("last_name", _("Nachname")),
        Field(
            "email",
            _("E-Mail-Adresse"),
            "email",
            optional=True,
            hint=_("Ohne E-Mail-Adresse lässt sich niemand einladen."),
        ),
        Field("phone", _("Telefon"), "tel", optional=True),
        Field(
            "notifications_enabled",
            _("Kundenbenachrichtigung: E-Mails zu Anfragen, Terminen und Dokumenten senden"),
            YES,
        ),
        Field("language", _("Sprache"), CHOICE, choices=LANGUAGES),
    )
