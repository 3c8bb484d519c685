"""Appointments that were planned when their time was still to come."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from services.orders import calendar, domain
from shared.eventlog.log import Origin
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work

PAST = {"starts_at": "2020-01-12T08:00:00+01:00", "ends_at": "2020-01-12T10:00:00+01:00"}


def planned_long_ago(engine: Engine, order_id: str, times: Mapping[str, str]) -> str:
    """An appointment of the past, as it would stand in the log; its id."""
    when = {name: datetime.fromisoformat(moment) for name, moment in times.items()}
    plan = {"appointment_id": uuid7(), "technician": None, "now": when["starts_at"], **when}
    with unit_of_work(engine, Scope.EVERYTHING) as unit:
        order = unit.stream(domain.ORDER, UUID(order_id))
        order.decide(domain.schedule, **plan)
        calendar.enter(unit, order, order.state.appointments[plan["appointment_id"]])
        unit.commit(Origin(uuid4(), uuid4(), {"kind": "staff"}))
    return str(plan["appointment_id"])
