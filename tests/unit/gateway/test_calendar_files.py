"""Calendar files keep what people typed, whatever it is."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.calendar_files import LINE_BYTES, calendar_file

APPOINTMENT = {
    "appointment_id": "0197b1c0-0000-7000-8000-000000000000",
    "starts_at": "2027-01-12T08:00:00+01:00",
    "ends_at": "2027-01-12T10:00:00+01:00",
    "site_name": "Filiale",
    "site_address": "Weg 1\n80335 München",
    "status": "scheduled",
}
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=300)


def made(summary: str) -> str:
    return calendar_file(APPOINTMENT, summary=summary, description="", now=datetime.now(UTC))


@given(TEXT)
def test_no_line_is_too_long_and_the_text_can_be_read_back(summary: str) -> None:
    content = made(summary)
    assert all(len(line.encode()) <= LINE_BYTES for line in content.split("\r\n"))
    [line] = [line for line in content.replace("\r\n ", "").split("\r\n") if line.startswith("SUMMARY:")]
    escaped = line.removeprefix("SUMMARY:")
    assert escaped.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\") == summary


def test_what_people_type_adds_no_line_of_its_own() -> None:
    content = made("Termin\nATTACH:https://evil.example\r\nX:y")
    assert "\nATTACH" not in content
    assert r"SUMMARY:Termin\nATTACH:https://evil.example\nX:y" in content
    assert r"LOCATION:Filiale\, Weg 1\, 80335 München" in content
