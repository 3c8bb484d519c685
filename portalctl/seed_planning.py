"""Plans the sample orders' appointments around today, so that the week of the back office is alive."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from portalctl.sample_data import TECHNICIANS
from shared.formats import TIME_ZONE

MORNING, AFTERNOON = time(8), time(14)
VISIT = timedelta(hours=2)
_FRIDAY = 4


@dataclass(frozen=True)
class Visit:
    appointment_id: str
    technician: str
    on: date


class Planner:
    """Staff who plan; technicians take turns, and nobody is in two places at once."""

    def __init__(self, call: Callable[..., Any], *, staff: str, now: datetime) -> None:
        self._call, self._staff, self._now = call, staff, now
        self._planned = self._done = 0

    def plan(self, order_id: str) -> None:
        """A visit in the morning, and one in the afternoon of the next working day by somebody else."""
        number = self._planned
        self._planned += 1
        for turn, at in ((number, MORNING), (number + 1, AFTERNOON)):
            on = working_day(self._now.date(), turn + 1)
            self._visit(order_id, turn, datetime.combine(on, at, TIME_ZONE))

    def do(self, order_id: str) -> Visit:
        """A visit that began within the hour and is done already, and with it the order."""
        self._done += 1
        begun = self._now.replace(minute=0, second=0, microsecond=0)
        visit = self._visit(order_id, self._done, begun)
        self._call("orders.complete_appointment", self._staff, appointment_id=visit.appointment_id)
        self._call("orders.complete_order", self._staff, order_id=order_id)
        return visit

    def _visit(self, order_id: str, turn: int, starts_at: datetime) -> Visit:
        technician = TECHNICIANS[turn % len(TECHNICIANS)]
        planned = self._call(
            "orders.schedule_appointment",
            self._staff,
            order_id=order_id,
            starts_at=starts_at,
            ends_at=starts_at + VISIT,
            technician=technician,
        )
        return Visit(planned["appointment_id"], technician, starts_at.date())


def working_day(today: date, number: int) -> date:
    """So many working days after a day."""
    day = today
    for _ in range(number):
        day += timedelta(days=1)
        while day.weekday() > _FRIDAY:
            day += timedelta(days=1)
    return day
