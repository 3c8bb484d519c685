"""Appointments that were there before the calendar are in it afterwards, as their events leave them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from services.orders import domain
from services.orders.planning import technician_key
from services.orders.tables import appointments
from shared.contracts.requests import RequestAccepted
from shared.database.migrate import upgrade
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Stream, unit_of_work
from tests.integration.eventlog.given import PROVIDER, commit_as_once

EIGHT = datetime(2027, 1, 12, 8, tzinfo=UTC)
HOURS = timedelta(hours=1)
PLANNED, MOVED, CANCELLED, DONE = (uuid7() for _ in range(4))
COLUMNS = "provider_id, technician, starts_at, ends_at, status"


def planned(
    order: Stream[domain.Order], appointment_id: UUID, technician: str | None = "Sepp Brandl"
) -> None:
    times = {"starts_at": EIGHT, "ends_at": EIGHT + 2 * HOURS}
    order.decide(domain.schedule, appointment_id=appointment_id, technician=technician, now=EIGHT, **times)


def an_order_from_before(engine: Engine) -> None:
    """An order with its appointments, and its rows, as the first version of the service wrote them."""
    request = RequestAccepted(
        request_id=uuid7(), contact_id=uuid7(), site_id=uuid7(), title="Heizung kalt", description=""
    )
    order_id = domain.order_id_for(request.request_id)
    with unit_of_work(engine, Scope.EVERYTHING) as unit:
        order = unit.new(domain.ORDER, order_id, provider_id=PROVIDER, company_id=uuid7())
        order.create(domain.create, request=request)
        for appointment_id in (PLANNED, CANCELLED, DONE):
            planned(order, appointment_id)
        planned(order, MOVED, technician=None)
        later = {"starts_at": EIGHT + HOURS, "ends_at": EIGHT + 4 * HOURS}
        order.decide(domain.reschedule, appointment_id=MOVED, now=EIGHT, **later)
        order.decide(domain.cancel, appointment_id=CANCELLED, reason="Krank.")
        order.decide(domain.complete_appointment, appointment_id=DONE)
        unit.connection.execute(
            text("INSERT INTO orders.orders VALUES (:order, :provider, 'scheduled', :order)"),
            {"order": order_id, "provider": PROVIDER},
        )
        unit.connection.execute(
            text("INSERT INTO orders.appointments VALUES (:appointment, :order)"),
            [{"appointment": each, "order": order_id} for each in order.state.appointments],
        )
        commit_as_once(unit)


def calendar(engine: Engine) -> dict[UUID, Any]:
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT appointment_id, {COLUMNS} FROM orders.appointments"))
        return {row[0]: tuple(row[1:]) for row in rows}


def test_the_calendar_is_filled_from_the_log(empty: Engine):
    upgrade(empty, to="eventlog@heads")
    upgrade(empty, to="orders_001")
    an_order_from_before(empty)
    upgrade(empty)
    sepp, until = technician_key(PROVIDER, "Sepp Brandl"), EIGHT + 2 * HOURS
    assert calendar(empty) == {
        PLANNED: (PROVIDER, sepp, EIGHT, until, "scheduled"),
        MOVED: (PROVIDER, None, EIGHT + HOURS, EIGHT + 4 * HOURS, "scheduled"),
        CANCELLED: (PROVIDER, sepp, EIGHT, until, "cancelled"),
        DONE: (PROVIDER, sepp, EIGHT, until, "completed"),
    }


def test_the_calendar_of_a_new_database_is_empty_and_as_the_code_knows_it(empty: Engine):
    upgrade(empty)
    with empty.connect() as connection:
        assert connection.execute(appointments.select()).all() == []
