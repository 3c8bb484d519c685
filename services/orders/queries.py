"""Reading orders: a page of them, or one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.orders import domain
from services.orders.tables import orders
from shared.contracts import cursor as cursors
from shared.contracts.orders import AppointmentView, OrderStatus, OrderView
from shared.eventlog.recorded import Recorded
from shared.eventlog.unit import Unit


def page(log: Unit, provider_id: UUID, *, status: OrderStatus | None, cursor: str | None) -> dict[str, Any]:
    """A page of the provider's orders, newest first."""
    statement = (
        select(orders.c.order_id, orders.c.listed_as)
        .where(orders.c.provider_id == provider_id)
        .order_by(orders.c.listed_as.desc())
        .limit(cursors.PAGE + 1)
    )
    if status is not None:
        statement = statement.where(orders.c.status == status)
    if (before := cursors.decode_id(cursor)) is not None:
        statement = statement.where(orders.c.listed_as < before)
    rows = log.connection.execute(statement).all()
    return cursors.page(views(log, [row.order_id for row in rows]), [(str(row.listed_as),) for row in rows])


def views(log: Unit, order_ids: Sequence[UUID]) -> list[OrderView]:
    """The orders with these ids, as far as the caller may see them."""
    return [_view(order, history) for order, history in log.states(domain.ORDER, order_ids)]


def _view(order: domain.Order, history: Sequence[Recorded]) -> OrderView:
    company_id = history[0].company_id
    assert company_id is not None
    return OrderView(
        order_id=order.id,
        request_id=order.request_id,
        company_id=company_id,
        site_id=order.site_id,
        title=order.title,
        description=order.description,
        status=order.status,
        appointments=[_appointment(appointment) for appointment in order.appointments.values()],
        created_at=history[0].recorded_at,
    )


def _appointment(appointment: domain.Appointment) -> AppointmentView:
    return AppointmentView(
        appointment_id=appointment.id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        technician=appointment.technician,
        status=appointment.status,
    )
