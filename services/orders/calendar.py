"""The provider's appointments by time: a technician can't be at two places, and staff see whole weeks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.orders.domain import Appointment, Order
from services.orders.planning import LONGEST, busy, technician_key
from services.orders.tables import appointments
from shared.contracts import cursor as cursors
from shared.contracts.orders import AppointmentStatus
from shared.eventlog.unit import Stream, Unit

PAGE = 500


def enter(log: Unit, order: Stream[Order], appointment: Appointment) -> None:
    """Write down an appointment as it is now.

    Raises Conflict when its technician has another one at that time, also when both are entered at once.
    """
    technician = technician_key(order.provider_id, appointment.technician)
    if technician and appointment.status is AppointmentStatus.SCHEDULED:
        log.hold(f"technician {technician.hex()}")
        _must_be_free(log.connection, technician, appointment)
    row = {
        "appointment_id": appointment.id,
        "order_id": order.id,
        "provider_id": order.provider_id,
        "technician": technician,
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "status": appointment.status,
    }
    entered = insert(appointments).values(row)
    log.connection.execute(entered.on_conflict_do_update(index_elements=["appointment_id"], set_=row))


def page(
    log: Unit,
    provider_id: UUID,
    *,
    since: datetime,
    until: datetime,
    technician: str | None,
    cursor: str | None,
) -> Sequence[Row[UUID, UUID, datetime]]:
    """The appointments that touch a time, by their start, and one more than a page has.

    What was planned before the length of appointments was bounded is found by its first two weeks.
    """
    start = tuple_(appointments.c.starts_at, appointments.c.appointment_id)
    statement = select(
        appointments.c.appointment_id, appointments.c.order_id, appointments.c.starts_at
    ).where(
        appointments.c.provider_id == provider_id,
        appointments.c.starts_at > since - LONGEST,
        appointments.c.starts_at < until,
        appointments.c.ends_at > since,
    )
    if technician is not None:
        statement = statement.where(appointments.c.technician == technician_key(provider_id, technician))
    if after := cursors.decode(cursor, 2):
        statement = statement.where(start > tuple_(cursors.as_time(after[0]), cursors.as_id(after[1])))
    return log.connection.execute(statement.order_by(*start).limit(PAGE + 1)).all()


def _must_be_free(connection: Connection, technician: bytes, appointment: Appointment) -> None:
    taken = connection.execute(
        select(appointments.c.starts_at, appointments.c.ends_at)
        .where(
            appointments.c.technician == technician,
            appointments.c.status == AppointmentStatus.SCHEDULED,
            appointments.c.ends_at > appointment.starts_at,
            appointments.c.starts_at < appointment.ends_at,
            appointments.c.appointment_id != appointment.id,
        )
        .order_by(appointments.c.starts_at)
        .limit(1)
    ).first()
    if taken is not None:
        raise busy(*taken)
