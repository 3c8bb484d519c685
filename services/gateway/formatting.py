"""How pages write dates, money and states: in the language of the page, in the provider's time zone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from markupsafe import Markup

from services.gateway import languages, session
from services.gateway.forms import new_command_id
from services.gateway.languages import gettext as _
from services.gateway.languages import translatable, translated
from services.gateway.static_files import asset
from shared import formats
from shared.contracts.declare import ERASED
from shared.contracts.values import Language

REQUEST_STATUS = {
    "submitted": translatable("Eingereicht"),
    "accepted": translatable("Angenommen"),
    "scheduled": translatable("Termin geplant"),
    "done": translatable("Erledigt"),
    "declined": translatable("Abgelehnt"),
    "withdrawn": translatable("Zurückgezogen"),
}
DOCUMENT_STATUS = {
    "open": translatable("Offen"),
    "accepted": translatable("Angenommen"),
    "declined": translatable("Abgelehnt"),
    "expired": translatable("Abgelaufen"),
    "withdrawn": translatable("Zurückgezogen"),
    "replaced": translatable("Ersetzt"),
    "published": translatable("Veröffentlicht"),
}
# One, and several.
DOCUMENT_KINDS = {
    "offer": (translatable("Angebot"), translatable("Angebote")),
    "service_report": (translatable("Servicebericht"), translatable("Serviceberichte")),
    "invoice": (translatable("Rechnung"), translatable("Rechnungen")),
}
# What a view consists of, as in the changes of a resync.
SECTIONS = {
    "providers": translatable("Ihr Dienstleister"),
    "companies": translatable("Ihr Unternehmen"),
    "contacts": translatable("Ansprechpartner"),
    "sites": translatable("Einsatzorte"),
    "equipment": translatable("Anlagen"),
    "requests": translatable("Anfragen"),
    "orders": translatable("Aufträge"),
    "appointments": translatable("Termine"),
    "documents": translatable("Dokumente"),
    "attachments": translatable("Anhänge"),
}
APPOINTMENT_STATUS = {
    "scheduled": translatable("Geplant"),
    "cancelled": translatable("Abgesagt"),
    "completed": translatable("Erledigt"),
}


def day(value: str | date) -> str:
    """`2026-11-24` or a moment → `24. November 2026`."""
    return formats.day(_date(value), languages.current())


def clock(value: str | datetime) -> str:
    """A moment → `14:05 Uhr`."""
    return formats.oclock(_moment(value), languages.current())


def moment(value: str | datetime) -> str:
    """A moment → `24. November 2026, 14:05 Uhr`."""
    return f"{day(_moment(value))}, {clock(value)}"


def period(starts_at: str | datetime, ends_at: str | datetime) -> str:
    """Two moments → `Di., 24. November 2026, 09:00–11:00 Uhr`."""
    return formats.period(_moment(starts_at), _moment(ends_at), languages.current())


def money(value: dict[str, str]) -> str:
    """`{"amount": "1299.90", "currency": "EUR"}` → `1.299,90 €`."""
    return formats.money(formats.as_money(value), languages.current())


def as_of(age_seconds: float | None) -> str:
    """How old what is shown is → `Stand 14:05 Uhr`, with the day where that is not today."""
    now = datetime.now(UTC)
    then = now - timedelta(seconds=age_seconds or 0)
    return _("Stand %(time)s", time=clock(then) if _date(then) == _date(now) else moment(then))


def request_status(value: str) -> str:
    return translated(REQUEST_STATUS.get(value, value))


def section_name(value: str) -> str:
    return translated(SECTIONS.get(value, value))


def appointment_status(value: str) -> str:
    return translated(APPOINTMENT_STATUS.get(value, value))


def document_status(value: str) -> str:
    return translated(DOCUMENT_STATUS.get(value, value))


def document_kind(value: str) -> str:
    return translated(DOCUMENT_KINDS[value][0])


def document_kinds(value: str) -> str:
    return translated(DOCUMENT_KINDS[value][1])


def file_size(size: int) -> str:
    """Bytes → `48 KB` or `2,4 MB`."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))}{formats.NO_BREAK}KB"
    megabytes = f"{size / 1_000_000:.1f}{formats.NO_BREAK}MB"
    return megabytes.replace(".", ",") if languages.current() is Language.GERMAN else megabytes


def erased(text: str) -> bool:
    """Whether nothing is left of what somebody had written."""
    return text == ERASED


def icon(name: str) -> Markup:
    """One of Tabler's icons, as `icon-<name>`; it says nothing that the text beside it doesn't."""
    address = f"{asset('vendor/icons.svg')}#{name}"
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>').format(address)


def register(app: Flask) -> None:
    """Give the templates their filters, tests and globals."""
    filters = (day, clock, moment, money, as_of, file_size, request_status, appointment_status)
    for write in (*filters, section_name, document_status, document_kind, document_kinds):
        app.add_template_filter(write)
    app.add_template_test(erased)
    for make in (period, icon, new_command_id):
        app.add_template_global(make)

    @app.context_processor
    def surroundings() -> dict[str, Any]:
        return {
            "signed_in_as": session.kind(),
            "provider_name": session.provider_name(),
            "language": languages.current(),
        }


def _moment(value: str | datetime) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(formats.TIME_ZONE)


def _date(value: str | date) -> date:
    if isinstance(value, datetime):
        return value.astimezone(formats.TIME_ZONE).date()
    if isinstance(value, date):
        return value
    return _moment(value).date() if "T" in value else date.fromisoformat(value)
