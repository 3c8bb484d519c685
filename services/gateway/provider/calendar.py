"""A week of appointments: who is where and when, and what is still to be planned."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.gateway.lists import whole
from services.gateway.provider.orders import open_orders
from shared.contracts.orders import AppointmentStatus
from shared.formats import TIME_ZONE

pages = Blueprint("calendar", __name__, url_prefix="/appointments")
Item = dict[str, Any]
WEEK = timedelta(weeks=1)
WORKING_DAYS = 5


@dataclass(frozen=True)
class Week:
    """Appointments by day and technician, each on every day that it touches."""

    monday: date
    entries: Sequence[Item]

    @property
    def days(self) -> list[date]:
        """All seven only where something is on at the weekend, so that the others have room."""
        week = [self.monday + timedelta(days=number) for number in range(7)]
        busy = [number for number, day in enumerate(week, start=1) if self.on(day)]
        return week[: max([WORKING_DAYS, *busy])]

    @property
    def technicians(self) -> list[str | None]:
        """By name; last, as None, what nobody is named for."""
        names = {item["technician"] for item in self.entries}
        return sorted(filter(None, names), key=str.casefold) + ([None] if None in names else [])

    def on(self, day: date) -> list[Item]:
        return self._by_day[day]

    def of(self, technician: str | None, day: date) -> list[Item]:
        return [item for item in self.on(day) if item["technician"] == technician]

    @cached_property
    def _by_day(self) -> dict[date, list[Item]]:
        found: defaultdict[date, list[Item]] = defaultdict(list)
        for item in self.entries:
            starts_at, ends_at = (datetime.fromisoformat(item[name]) for name in ("starts_at", "ends_at"))
            # What ends at midnight does not touch the day that begins then.
            first, last = _day(starts_at), _day(ends_at - timedelta.resolution)
            for number in range((last - first).days + 1):
                found[first + timedelta(days=number)].append(item)
        return found


@pages.get("")
def week() -> ResponseReturnValue:
    today = _day(datetime.now(UTC))
    shown = _monday(_asked_for() or today)
    return render_template(
        "provider/calendar.html",
        week=Week(shown, appointments(shown, shown + WEEK)),
        today=today,
        before=shown - WEEK,
        after=shown + WEEK,
        unplanned=open_orders(),
    )


def appointments(since: date, until: date) -> list[Item]:
    """All that touch the days from one to before another, by their start; cancelled ones are none."""
    return whole(
        "orders",
        "appointments",
        since=_midnight(since),
        until=_midnight(until),
        wanted=lambda item: bool(item["status"] != AppointmentStatus.CANCELLED),
    )


def technicians(around: date) -> list[str]:
    """Who has appointments in the weeks around a day, by name; others can be named as well."""
    items = appointments(around - 2 * WEEK, around + 3 * WEEK)
    return sorted({item["technician"] for item in items if item["technician"]}, key=str.casefold)


def _asked_for() -> date | None:
    """The day in the address whose week is shown; nonsense, and what no calendar has, count as none."""
    try:
        asked = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return None
    return asked if 1901 <= asked.year <= 2199 else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TIME_ZONE)


def _day(moment: datetime) -> date:
    return moment.astimezone(TIME_ZONE).date()
