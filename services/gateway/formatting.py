"""How pages write dates, money and states: German, in the provider's time zone."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, url_for

from services.gateway import session
from services.gateway.forms import new_command_id

TIME_ZONE = ZoneInfo("Europe/Berlin")
STATIC = Path(__file__).parent / "static"
WEEKDAYS = ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So.")
MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
CURRENCIES = {"EUR": "€"}
NO_BREAK = "\N{NO-BREAK SPACE}"
REQUEST_STATUS = {
    "submitted": "Eingereicht",
    "accepted": "Angenommen",
    "scheduled": "Termin geplant",
    "done": "Erledigt",
    "declined": "Abgelehnt",
    "withdrawn": "Zurückgezogen",
}
APPOINTMENT_STATUS = {"scheduled": "Geplant", "cancelled": "Abgesagt", "completed": "Erledigt"}


def day(value: str | date) -> str:
    """`2026-11-24` or a moment → `24. November 2026`."""
    on = _date(value)
    return f"{on.day}.{NO_BREAK}{MONTHS[on.month - 1]} {on.year}"


def clock(value: str | datetime) -> str:
    """A moment → `14:05`."""
    return _moment(value).strftime("%H:%M")


def moment(value: str | datetime) -> str:
    """A moment → `24.11.2026, 14:05 Uhr`."""
    return _moment(value).strftime("%d.%m.%Y, %H:%M") + NO_BREAK + "Uhr"


def period(starts_at: str | datetime, ends_at: str | datetime) -> str:
    """Two moments → `Di., 24. November 2026, 09:00–11:00 Uhr`."""
    start, end = _moment(starts_at), _moment(ends_at)
    until = clock(end) if start.date() == end.date() else f"{_weekday(end)}, {day(end)}, {clock(end)}"
    return f"{_weekday(start)}, {day(start)}, {clock(start)}–{until}{NO_BREAK}Uhr"


def money(value: dict[str, str]) -> str:
    """`{"amount": "1299.90", "currency": "EUR"}` → `1.299,90 €`."""
    english = f"{Decimal(value['amount']):,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    return f"{german}{NO_BREAK}{CURRENCIES.get(value['currency'], value['currency'])}"


def as_of(age_seconds: float) -> str:
    """How old what is shown is → the time that it was true at."""
    return clock(datetime.now(UTC) - timedelta(seconds=age_seconds))


def request_status(value: str) -> str:
    return REQUEST_STATUS.get(value, value)


def appointment_status(value: str) -> str:
    return APPOINTMENT_STATUS.get(value, value)


def asset(name: str) -> str:
    """The address of a file under static/, with its version, so that browsers may keep it for long."""
    return url_for("static", filename=name, v=_version(name))


def register(app: Flask) -> None:
    """Give the templates their filters and globals."""
    for write in (day, clock, moment, money, as_of, request_status, appointment_status):
        app.add_template_filter(write)
    app.add_template_global(period)
    app.add_template_global(asset)
    app.add_template_global(new_command_id)

    @app.context_processor
    def signed_in() -> dict[str, Any]:
        return {"signed_in_as": session.kind(), "provider_name": session.provider_name()}


@cache
def _version(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _weekday(value: date) -> str:
    return WEEKDAYS[value.weekday()]


def _moment(value: str | datetime) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(TIME_ZONE)


def _date(value: str | date) -> date:
    if isinstance(value, datetime):
        return value.astimezone(TIME_ZONE).date()
    if isinstance(value, date):
        return value
    return _moment(value).date() if "T" in value else date.fromisoformat(value)
