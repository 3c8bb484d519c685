"""An appointment as a calendar file (RFC 5545), so that it can be taken over into any calendar."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MEDIA_TYPE = "text/calendar; charset=utf-8"
LINE_BYTES = 75


def calendar_file(appointment: Mapping[str, Any], *, summary: str, description: str, now: datetime) -> str:
    """The calendar file of an appointment; a later one of the same appointment replaces it."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//mfr//customer portal//DE",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{appointment['appointment_id']}@customer-portal",
        f"DTSTAMP:{_time(now)}",
        f"DTSTART:{_time(datetime.fromisoformat(appointment['starts_at']))}",
        f"DTEND:{_time(datetime.fromisoformat(appointment['ends_at']))}",
        f"SUMMARY:{_text(summary)}",
        f"LOCATION:{_text(_place(appointment))}",
        f"DESCRIPTION:{_text(description)}",
        f"STATUS:{'CANCELLED' if appointment['status'] == 'cancelled' else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _place(appointment: Mapping[str, Any]) -> str:
    names = (appointment["site_name"], appointment["site_address"])
    return ", ".join(name.replace("\n", ", ") for name in names if name)


def _time(moment: datetime) -> str:
    """In UTC, which needs no description of a time zone."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for mark in ("\\", ";", ","):
        value = value.replace(mark, f"\\{mark}")
    return "\\n".join(value.splitlines())


def _folded(line: str) -> str:
    """Lines of 75 bytes at most; what goes on begins with a blank. No character is cut in two."""
    parts, size = [""], 0
    for character in line:
        length = len(character.encode())
        if size + length > LINE_BYTES:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += length
    return "\r\n".join(parts)
