"""How the back office says states, kinds of mails and days of a calendar."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from flask import Blueprint

from services.gateway import formatting, languages
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from shared import formats
from shared.contracts.invitation import CompanyAccess
from shared.contracts.values import Language

ORDER_STATUS = {
    "created": translatable("Zu planen"),
    "scheduled": translatable("Termin geplant"),
    "completed": translatable("Abgeschlossen"),
}
INVITATION_STATE = {
    "open": translatable("Unterwegs"),
    "expired": translatable("Abgelaufen"),
    "revoked": translatable("Zurückgenommen"),
    "accepted": translatable("Angenommen"),
}
MAILS = {
    "invitation": translatable("Einladung"),
    "password_reset": translatable("Neues Passwort wählen"),
    "password_changed": translatable("Passwort geändert"),
    "request_accepted": translatable("Anfrage angenommen"),
    "request_declined": translatable("Anfrage abgelehnt"),
    "appointment_scheduled": translatable("Termin geplant"),
    "appointment_rescheduled": translatable("Termin geändert"),
    "appointment_cancelled": translatable("Termin abgesagt"),
    "offer_published": translatable("Neues Angebot"),
    "service_report_published": translatable("Neuer Servicebericht"),
    "invoice_published": translatable("Neue Rechnung"),
    "request_submitted": translatable("Neue Anfrage (an Sie)"),
    "request_withdrawn": translatable("Anfrage zurückgezogen (an Sie)"),
    "offer_accepted": translatable("Angebot angenommen (an Sie)"),
    "offer_declined": translatable("Angebot abgelehnt (an Sie)"),
}
DELIVERY_STATE = {
    "queued": translatable("Wartet"),
    "sending": translatable("Wird gesendet"),
    "sent": translatable("Gesendet"),
    "failed": translatable("Fehlgeschlagen"),
    "skipped": translatable("Nicht gesendet"),
}
NOT_SENT = {
    "too_old": translatable("Der Anlass lag zu lange zurück."),
    "outdated": translatable("Es hatte sich inzwischen geändert."),
    "portal_not_active": translatable("Das Kundenportal war ausgeschaltet."),
    "no_main_contact": translatable("Es gab keinen Hauptansprechpartner."),
    "contact_removed": translatable("Den Ansprechpartner gab es nicht mehr."),
    "notifications_disabled": translatable("Die Kundenbenachrichtigung war ausgeschaltet."),
    "no_address": translatable("Es gab keine E-Mail-Adresse."),
    "restored": translatable("Das Portal wurde aus einer Sicherung wiederhergestellt."),
}
ACCESS_CAUSES = {
    "portal_activated": translatable("Kundenportal eingeschaltet"),
    "portal_deactivated": translatable("Kundenportal ausgeschaltet"),
    "account_activated": translatable("Konto angelegt"),
    "contact_updated": translatable("E-Mail-Adresse geändert"),
    "contact_removed": translatable("Ansprechpartner entfernt"),
    "contact_erased": translatable("Persönliche Daten gelöscht"),
    "site_added": translatable("Einsatzort angelegt"),
    "site_removed": translatable("Einsatzort entfernt"),
    "request_submitted": translatable("Anfrage gesendet"),
    "document_published": translatable("Dokument veröffentlicht"),
    "document_withdrawn": translatable("Dokument zurückgezogen"),
}
THINGS = {
    "site": translatable("Einsatzort"),
    "request": translatable("Anfrage"),
    "document": translatable("Dokument"),
}
_DAY = {Language.GERMAN: "EEE d. MMM", Language.ENGLISH: "EEE d MMM"}


def order_status(value: str) -> str:
    return translated(ORDER_STATUS[value])


def invitation_state(value: str) -> str:
    return translated(INVITATION_STATE[value])


def company_access(company: Mapping[str, Any]) -> str:
    """How far a company has come into the portal, and since when: `Eingeladen seit 3. November 2026`."""
    since = company["since"]
    day = formatting.day(since) if since else ""
    words = {
        CompanyAccess.NOT_INVITED: _("Nicht eingeladen"),
        CompanyAccess.INVITED: _("Eingeladen seit %(day)s", day=day),
        CompanyAccess.EXPIRED: _("Einladung abgelaufen seit %(day)s", day=day),
        CompanyAccess.ACTIVE: _("Hat Zugang seit %(day)s", day=day),
    }
    return words[CompanyAccess(company["access"])]


def mail(value: str) -> str:
    return translated(MAILS[value])


def delivery_state(value: str) -> str:
    return translated(DELIVERY_STATE[value])


def not_sent(error: str) -> str:
    """Why a mail was not sent; a mail server's own code as it is."""
    return translated(NOT_SENT[error]) if error in NOT_SENT else _("Mailserver: %(code)s", code=error)


def access_cause(event_type: str) -> str:
    return translated(ACCESS_CAUSES[event_type])


def thing_kind(value: str) -> str:
    return translated(THINGS[value])


def hours(appointment: Mapping[str, str]) -> str:
    """From when until when, on days that are known: `08:00–10:00`."""
    language = languages.current()
    times = (datetime.fromisoformat(appointment[name]) for name in ("starts_at", "ends_at"))
    return "–".join(formats.clock(each, language) for each in times)


def day_of_week(value: date) -> str:
    """`Mo. 23. Nov.`, or in English `Mon 23 Nov`."""
    language = languages.current()
    return format_date(value, _DAY[language], locale=language.value)


def week_name(monday: date) -> str:
    """`Woche 48: 23. Nov. bis 29. Nov. 2026`."""
    sunday = monday + timedelta(days=6)
    days = {"first": day_of_week(monday), "last": day_of_week(sunday), "year": sunday.year}
    return _("Woche %(number)s: %(first)s bis %(last)s %(year)s", number=monday.isocalendar().week, **days)


def register(pages: Blueprint) -> None:
    """Give the templates these filters."""
    for write in (
        order_status,
        invitation_state,
        company_access,
        delivery_state,
        not_sent,
        access_cause,
        thing_kind,
        hours,
        day_of_week,
        week_name,
    ):
        pages.add_app_template_filter(write)
    pages.add_app_template_filter(mail, "mail_template")
