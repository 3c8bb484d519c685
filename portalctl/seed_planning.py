"""Plans the sample orders' appointments around today, so that the week of the back office is alive."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from portalctl.sample_data import TECHNICIANS
from shared.formats import TIME_ZONE

MORNING, NOON, AFTERNOON = time(8), time(11), time(14)
VISIT = timedelta(hours=2)
_FRIDAY = 4


@dataclass(frozen=True)
class Visit:
    appointment_id: str
    technician: str
    on: date


class Planner:
    """Staff who plan; technicians take turns, and nobody is in two places at once."""

    def __init__(self, call: Callable[..., Any], *, staff: str, today: date) -> None:
        self._call, self._staff, self._today = call, staff, today
        self._planned = self._done = 0

    def plan(self, order_id: str) -> None:
        """A visit in the morning, and one in the afternoon of the next working day by somebody else."""
        number = self._planned
        self._planned += 1
        self._visit(order_id, number, working_day(self._today, number), MORNING)
        self._visit(order_id, number + 1, working_day(self._today, number + 1), AFTERNOON)

    def do(self, order_id: str) -> Visit:
        """A visit that took place, and with which the order is completed."""
        self._done += 1
        visit = self._visit(order_id, self._done, working_day(self._today, -self._done), NOON)
        self._call("orders.complete_appointment", self._staff, appointment_id=visit.appointment_id)
        self._call("orders.complete_order", self._staff, order_id=order_id)
        return visit

    def _visit(self, order_id: str, turn: int, on: date, at: time) -> Visit:
        technician = TECHNICIANS[turn % len(TECHNICIANS)]
        starts_at = datetime.combine(on, at, TIME_ZONE)
        planned = self._call(
            "orders.schedule_appointment",
            self._staff,
            order_id=order_id,
            starts_at=starts_at,
            ends_at=starts_at + VISIT,
            technician=technician,
        )
        return Visit(planned["appointment_id"], technician, on)


def working_day(today: date, number: int) -> date:
    """So many working days after a day, or before it; on a weekend, those after it count from Monday."""
    step = timedelta(days=1 if number >= 0 else -1)
    day = today
    while day.weekday() > _FRIDAY and number >= 0:
        day += step
    for _ in range(abs(number)):
        day += step
        while day.weekday() > _FRIDAY:
            day += step
    return day
