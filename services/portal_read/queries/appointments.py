"""Appointments: to come, and past."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, tuple_

from services.portal_read.tables import appointments, orders, sites
from services.portal_read.view import View, as_message
from shared.contracts import cursor as cursors
from shared.contracts.orders import AppointmentStatus
from shared.contracts.portal_read import AppointmentWindow, PortalAppointment


def page(view: View, *, when: AppointmentWindow, cursor: str | None) -> dict[str, Any]:
    """A page of appointments: those to come, the next first; or the past and cancelled, the last first."""
    upcoming = when is AppointmentWindow.UPCOMING
    order = tuple_(appointments.c.starts_at, appointments.c.appointment_id)
    condition = is_to_come(view) if upcoming else ~is_to_come(view)
    if after := cursors.decode(cursor, 2):
        place = tuple_(cursors.as_time(after[0]), cursors.as_id(after[1]))
        condition = and_(condition, order > place if upcoming else order < place)
    found = those(view, condition, descending=not upcoming, limit=cursors.PAGE + 1)
    return cursors.page(found, [(one.starts_at.isoformat(), str(one.appointment_id)) for one in found])


def details(view: View, appointment_id: UUID) -> dict[str, Any] | None:
    """The fields of PortalAppointmentDetails, or None when the company has no such appointment."""
    found = those(view, appointments.c.appointment_id == appointment_id)
    if not found:
        return None
    address = view.first(select(sites.c.address).where(view.of(sites), sites.c.site_id == found[0].site_id))
    return vars(found[0]) | {"site_address": address and address.address}


def those(
    view: View, condition: ColumnElement[bool], *, descending: bool = False, limit: int = cursors.PAGE
) -> list[PortalAppointment]:
    """Appointments with what they are for and where."""
    order = (appointments.c.starts_at, appointments.c.appointment_id)
    statement = (
        select(appointments, orders.c.request_id, orders.c.title, sites.c.name.label("site_name"))
        .select_from(appointments)
        .outerjoin(orders, and_(view.of(orders), orders.c.order_id == appointments.c.order_id))
        .outerjoin(sites, and_(view.of(sites), sites.c.site_id == appointments.c.site_id))
        .where(view.of(appointments), condition)
        .order_by(*(column.desc() if descending else column for column in order))
        .limit(limit)
    )
    return [as_message(PortalAppointment, row) for row in view.all(statement)]


def is_to_come(view: View) -> ColumnElement[bool]:
    return and_(appointments.c.status == AppointmentStatus.SCHEDULED, appointments.c.ends_at >= view.now)
