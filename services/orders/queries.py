"""Reading orders, a page of them or one, and the calendar of their appointments."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from services.orders import calendar, domain
from services.orders.surroundings import COMPANY_NAME, REQUEST_NUMBER, SITE_NAME, texts
from services.orders.tables import orders
from shared.appointment_steps import appointment_steps
from shared.contracts import cursor as cursors
from shared.contracts.orders import (
    Age,
    AppointmentView,
    CalendarEntry,
    CalendarPage,
    OrderCompleted,
    OrderPage,
    OrderStatus,
    OrderView,
)
from shared.eventlog.recorded import Recorded
from shared.eventlog.unit import Unit


def page(
    log: Unit,
    provider_id: UUID,
    *,
    status: OrderStatus | None,
    request_id: UUID | None,
    first: Age,
    cursor: str | None,
) -> OrderPage:
    """A page of the provider's orders. Raises NotFound for another's request."""
    oldest = first is Age.OLDEST
    statement = (
        select(orders.c.order_id, orders.c.listed_as)
        .where(orders.c.provider_id == provider_id)
        .order_by(orders.c.listed_as if oldest else orders.c.listed_as.desc())
        .limit(cursors.PAGE + 1)
    )
    if status is not None:
        statement = statement.where(orders.c.status == status)
    if request_id is not None:
        log.stream(REQUEST_NUMBER, request_id)
        statement = statement.where(orders.c.order_id == domain.order_id_for(request_id))
    if (last := cursors.decode_id(cursor)) is not None:
        statement = statement.where(orders.c.listed_as > last if oldest else orders.c.listed_as < last)
    rows = log.connection.execute(statement).all()
    found = views(log, [row.order_id for row in rows])
    return OrderPage(**cursors.page(found, [(str(row.listed_as),) for row in rows]))


def views(log: Unit, order_ids: Sequence[UUID]) -> list[OrderView]:
    """The orders with these ids, as far as the caller may see them."""
    found = log.states(domain.ORDER, order_ids)
    numbers = texts(log, REQUEST_NUMBER, (order.request_id for order, _ in found))
    companies = texts(log, COMPANY_NAME, (_company_of(history) for _, history in found))
    sites = texts(log, SITE_NAME, (order.site_id for order, _ in found))
    return [
        OrderView(
            order_id=order.id,
            request_id=order.request_id,
            request_number=numbers.get(order.request_id),
            company_id=_company_of(history),
            company_name=companies.get(_company_of(history)),
            site_id=order.site_id,
            site_name=sites.get(order.site_id),
            equipment_id=order.equipment_id,
            title=order.title,
            description=order.description,
            status=order.status,
            appointments=[_appointment(appointment) for appointment in order.appointments.values()],
            appointment_steps=appointment_steps(history),
            created_at=history[0].recorded_at,
            completed_at=_completed_at(history),
        )
        for order, history in found
    ]


def calendar_page(
    log: Unit,
    provider_id: UUID,
    *,
    since: datetime,
    until: datetime,
    technician: str | None,
    cursor: str | None,
) -> CalendarPage:
    """A page of the provider's appointments that touch a time, by their start."""
    rows = calendar.page(log, provider_id, since=since, until=until, technician=technician, cursor=cursor)
    orders_by_id = {view.order_id: view for view in views(log, list({row.order_id for row in rows}))}
    entries = [_entry(orders_by_id[row.order_id], row.appointment_id) for row in rows]
    keys = [(row.starts_at.isoformat(), str(row.appointment_id)) for row in rows]
    return CalendarPage(**cursors.page(entries, keys, calendar.PAGE))


def _entry(order: OrderView, appointment_id: UUID) -> CalendarEntry:
    appointment = next(one for one in order.appointments if one.appointment_id == appointment_id)
    return CalendarEntry(
        **vars(appointment),
        order_id=order.order_id,
        title=order.title,
        company_id=order.company_id,
        company_name=order.company_name,
        site_id=order.site_id,
        site_name=order.site_name,
    )


def _company_of(history: Sequence[Recorded]) -> UUID:
    company_id = history[0].company_id
    assert company_id is not None
    return company_id


def _completed_at(history: Sequence[Recorded]) -> datetime | None:
    return next((each.recorded_at for each in history if each.type == OrderCompleted.type), None)


def _appointment(appointment: domain.Appointment) -> AppointmentView:
    return AppointmentView(
        appointment_id=appointment.id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        technician=appointment.technician,
        status=appointment.status,
    )
