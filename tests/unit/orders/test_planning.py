"""Times are bounded, and a technician is known again however the name is typed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.orders.planning import (
    LONGEST,
    LONGEST_WINDOW,
    busy,
    check_length,
    check_not_over,
    check_window,
    technician_key,
)
from shared.contracts.errors import ValidationFailed

PROVIDER, ANOTHER = UUID(int=1), UUID(int=2)
EIGHT = datetime(2027, 1, 12, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("length", [timedelta(0), -MINUTE, LONGEST + MINUTE])
def test_an_appointment_has_a_length_of_at_most_14_days(length):
    with pytest.raises(ValidationFailed) as refused:
        check_length(EIGHT, EIGHT + length)
    assert refused.value.fields.keys() == {"ends_at"}


@pytest.mark.parametrize("length", [MINUTE, LONGEST])
def test_any_length_up_to_14_days_is_good(length):
    check_length(EIGHT, EIGHT + length)


def test_an_appointment_may_have_begun_but_not_be_over():
    check_not_over(EIGHT + MINUTE, EIGHT)
    for ends_at in (EIGHT, EIGHT - MINUTE):
        with pytest.raises(ValidationFailed) as refused:
            check_not_over(ends_at, EIGHT)
        assert refused.value.fields.keys() == {"ends_at"}


@pytest.mark.parametrize("length", [timedelta(0), -MINUTE, LONGEST_WINDOW + MINUTE])
def test_a_time_to_look_at_has_a_length_of_at_most_six_weeks(length):
    with pytest.raises(ValidationFailed) as refused:
        check_window(EIGHT, EIGHT + length)
    assert refused.value.fields.keys() == {"until"}


def test_six_weeks_by_the_calendar_may_be_looked_at_also_when_summer_time_ends_in_them():
    berlin = ZoneInfo("Europe/Berlin")
    since = datetime(2026, 9, 28, tzinfo=berlin)
    until = since + timedelta(weeks=6)
    assert until.astimezone(UTC) - since.astimezone(UTC) > timedelta(weeks=6)
    check_window(since.astimezone(UTC), until.astimezone(UTC))


@pytest.mark.parametrize(
    "typed", ["Jörg Müßig", " jörg  MÜSSIG ", "JÖRG MÜẞIG", "Jo\u0308rg Mu\u0308ßig", "Jörg\u00a0Müßig"]
)
def test_a_technician_is_the_same_in_capitals_and_with_other_blanks(typed):
    assert technician_key(PROVIDER, typed) == technician_key(PROVIDER, "Jörg Müßig")


def test_technicians_of_other_names_or_providers_are_others():
    keys = {
        technician_key(provider, name) for provider in (PROVIDER, ANOTHER) for name in ("Sepp", "Seppl", "")
    }
    assert len(keys) == 6


def test_an_appointment_without_a_technician_takes_nobodys_time():
    assert technician_key(PROVIDER, None) is None


def test_a_refusal_names_the_other_appointments_times_for_people_and_for_programs():
    refusal = busy(EIGHT, EIGHT + timedelta(hours=2))
    assert "Tue, 12\N{NO-BREAK SPACE}January 2027, 9:00–11:00" in refusal.message
    assert refusal.details == {
        "starts_at": "2027-01-12T08:00:00+00:00",
        "ends_at": "2027-01-12T10:00:00+00:00",
    }
