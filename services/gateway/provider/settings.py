"""Settings: the plugin “Kundenportal”, and what customers see of their provider."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import languages, session
from services.gateway.fields import CHOICE, LANGUAGES, LINES, Field
from services.gateway.languages import gettext as _
from services.gateway.provider.question import Question, act
from services.gateway.security import local_path

pages = Blueprint("settings", __name__, url_prefix="/settings")


@pages.get("")
def overview() -> ResponseReturnValue:
    provider = session.call("customers", "provider")
    session.remember_provider(provider)
    portal = session.call("invitation", "portal_status")
    return render_template(
        "provider/settings.html", provider=provider, portal=portal, languages=languages.NAMES
    )


@pages.post("/portal/activate")
def activate() -> ResponseReturnValue:
    """Here, or from the page of a company that can't be invited without."""
    back = local_path(request.form.get("back")) or url_for(".overview")
    return act("invitation.activate_portal", {}, _("Das Kundenportal ist eingeschaltet."), back=back)


@pages.route("/portal/deactivate", methods=["GET", "POST"])
def deactivate() -> ResponseReturnValue:
    question = Question(
        area="settings",
        title=_("Kundenportal ausschalten?"),
        button=_("Ja, ausschalten"),
        back=url_for(".overview"),
        text=_(
            "Kein Kunde kann sich dann noch anmelden, niemand lässt sich einladen, und Kunden bekommen keine "
            "E-Mails. Es geht nichts verloren: Schalten Sie es wieder ein, ist alles wie zuvor."
        ),
        danger=True,
    )
    return question.run("invitation.deactivate_portal", {}, _("Das Kundenportal ist ausgeschaltet."))


@pages.route("/provider", methods=["GET", "POST"])
def provider() -> ResponseReturnValue:
    found = session.call("customers", "provider")
    question = Question(
        area="settings",
        title=_("Ihr Betrieb"),
        button=_("Speichern"),
        back=url_for(".overview"),
        fields=_fields(),
        text=_("Ihre Kunden sehen diese Angaben im Portal und in E-Mails."),
    )
    return question.change("customers.update_provider", {}, _("Ihre Angaben sind gespeichert."), item=found)


def _fields() -> tuple[Field, ...]:
    return (
        Field("name", _("Name"), autocomplete="organization"),
        Field("email", _("E-Mail-Adresse"), "email", autocomplete="email"),
        Field("phone", _("Telefon"), "tel", optional=True, autocomplete="tel"),
        Field("address", _("Adresse"), LINES, optional=True, autocomplete="street-address"),
        Field(
            "language",
            _("Sprache der E-Mails an Sie"),
            CHOICE,
            choices=LANGUAGES,
        ),
    )
