"""An appointment is shown on every day that it touches, and on no other."""

from datetime import date, timedelta

import pytest

from services.gateway.provider.calendar import Week

MONDAY = date(2038, 1, 11)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "days"),
    [
        ("2038-01-12T07:00:00+00:00", "2038-01-12T09:00:00+00:00", [1]),
        ("2038-01-12T21:00:00+00:00", "2038-01-12T23:00:00+00:00", [1]),
        ("2038-01-12T21:00:00+00:00", "2038-01-12T23:00:01+00:00", [1, 2]),
        ("2038-01-11T23:00:00+00:00", "2038-01-13T23:00:00+00:00", [1, 2]),
    ],
    ids=["by day", "until midnight", "past midnight", "two whole days"],
)
def test_an_appointment_is_on_the_days_that_it_touches(starts_at: str, ends_at: str, days: list[int]) -> None:
    week = Week(MONDAY, [{"starts_at": starts_at, "ends_at": ends_at, "technician": None}])
    assert [number for number in range(7) if week.on(MONDAY + timedelta(days=number))] == days
