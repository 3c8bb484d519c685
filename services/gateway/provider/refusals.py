"""What staff are told when a service refuses what they asked for."""

import re

from services.gateway import formatting
from services.gateway.errors import CHANGED
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from shared.contracts.errors import (
    AlreadyActive,
    Conflict,
    InvalidEmail,
    InvalidTransition,
    NoMainContact,
    NotificationsDisabled,
    PortalError,
    PortalNotActive,
)

REFUSALS = (
    Conflict,
    InvalidTransition,
    PortalNotActive,
    NoMainContact,
    InvalidEmail,
    NotificationsDisabled,
    AlreadyActive,
)
# The conditions of inviting, by their codes.
CONDITIONS = {
    PortalNotActive.code: translatable("Das Plugin „Kundenportal“ ist ausgeschaltet."),
    NoMainContact.code: translatable("Es gibt noch keinen Hauptansprechpartner."),
    InvalidEmail.code: translatable("Der Hauptansprechpartner hat keine gültige E-Mail-Adresse."),
    NotificationsDisabled.code: translatable(
        "Für den Hauptansprechpartner ist die Kundenbenachrichtigung ausgeschaltet."
    ),
    AlreadyActive.code: translatable("Der Hauptansprechpartner kann sich schon anmelden."),
}
_STATES = {
    "accepted": translatable("Das wurde inzwischen angenommen."),
    "declined": translatable("Das wurde inzwischen abgelehnt."),
    "withdrawn": translatable("Das wurde inzwischen zurückgezogen."),
    "replaced": translatable("Das wurde inzwischen ersetzt."),
    "expired": translatable("Das ist inzwischen abgelaufen."),
    "revoked": translatable("Die Einladung wurde inzwischen zurückgenommen."),
    "cancelled": translatable("Der Termin wurde inzwischen abgesagt."),
    "completed": translatable("Das wurde inzwischen abgeschlossen."),
}
# The services' messages, where a state says too little.
_SAID = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (
            r"appointment is still to come",
            translatable(
                "Zu diesem Auftrag steht noch ein Termin aus. Schließen Sie ihn ab, oder sagen Sie ihn ab."
            ),
        ),
        (
            r"main contact can't be removed",
            translatable(
                "Der Hauptansprechpartner lässt sich nicht entfernen. Wählen Sie zuerst einen anderen."
            ),
        ),
        (r"the number", translatable("Diese Nummer ist schon vergeben. Bitte wählen Sie eine andere.")),
    )
)


def why(error: PortalError) -> str:
    """The reason in the language of the page, and what to do."""
    if error.code in CONDITIONS:
        return translated(CONDITIONS[error.code])
    if requests := error.details.get("requests"):
        return _(
            "Am Einsatzort sind noch Anfragen offen: %(numbers)s. Beantworten Sie sie, und schließen Sie "
            "ihre Aufträge ab.",
            numbers=", ".join(requests),
        )
    if "starts_at" in error.details:
        return _(
            "Der Techniker hat dann schon einen anderen Termin: %(period)s. Bitte wählen Sie eine andere "
            "Zeit oder einen anderen Techniker.",
            period=formatting.period(error.details["starts_at"], error.details["ends_at"]),
        )
    for pattern, text in _SAID:
        if pattern.search(error.message):
            return translated(text)
    state = error.details.get("status") or error.details.get("state")
    return translated(_STATES.get(str(state), CHANGED))
