"""The parts of the customer's view, each as it is answered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select, tuple_

from services.portal_read.tables import (
    appointments,
    companies,
    contacts,
    equipment,
    orders,
    providers,
    requests,
    sites,
)
from services.portal_read.view import View
from shared.contracts import cursor as cursors
from shared.contracts.orders import AppointmentStatus, OrderStatus
from shared.contracts.portal_read import AppointmentWindow, CustomerRequestStatus
from shared.contracts.requests import RequestStatus

_OPEN = (
    CustomerRequestStatus.SUBMITTED.value,
    CustomerRequestStatus.ACCEPTED.value,
    CustomerRequestStatus.SCHEDULED.value,
)
# What the customer sees of a request: the answer to it and, once there is an order, how that stands.
_STATUS: ColumnElement[str] = case(
    (
        and_(requests.c.status == RequestStatus.ACCEPTED, orders.c.status == OrderStatus.SCHEDULED),
        CustomerRequestStatus.SCHEDULED.value,
    ),
    (
        and_(requests.c.status == RequestStatus.ACCEPTED, orders.c.status == OrderStatus.COMPLETED),
        CustomerRequestStatus.DONE.value,
    ),
    else_=requests.c.status,
).label("customer_status")


def provider(view: View) -> dict[str, Any]:
    """The provider's name and how to reach it."""
    return _one(view, select(providers).where(view.of(providers, view.provider_id)))


def company(view: View) -> dict[str, Any]:
    """The caller's company."""
    return _one(view, select(companies).where(view.of(companies)))


def contact(view: View, contact_id: UUID) -> dict[str, Any]:
    """The caller's own personal information."""
    return _one(view, select(contacts).where(view.of(contacts), contacts.c.contact_id == contact_id))


def site_rows(view: View) -> list[dict[str, Any]]:
    """All sites by name, each with its number of open requests and of equipment."""
    open_requests = _counts(view, _with_orders(view, requests.c.site_id).where(_STATUS.in_(_OPEN)))
    devices = _counts(view, select(equipment.c.site_id).where(view.of(equipment)))
    rows = view.all(select(sites).where(view.of(sites)).order_by(func.lower(sites.c.name), sites.c.site_id))
    return [
        _plain(row)
        | {
            "open_requests": open_requests.get(row.site_id, 0),
            "equipment_count": devices.get(row.site_id, 0),
        }
        for row in rows
    ]


def equipment_page(view: View, *, site_id: UUID | None, cursor: str | None) -> dict[str, Any]:
    """A page of equipment by name."""
    name = func.lower(equipment.c.name)
    statement = (
        select(equipment, sites.c.name.label("site_name"), name.label("sort"))
        .select_from(equipment)
        .outerjoin(sites, and_(view.of(sites), sites.c.site_id == equipment.c.site_id))
        .where(view.of(equipment))
        .order_by(name, equipment.c.equipment_id)
    )
    if site_id is not None:
        statement = statement.where(equipment.c.site_id == site_id)
    if after := cursors.decode(cursor, 2):
        statement = statement.where(
            tuple_(name, equipment.c.equipment_id) > tuple_(after[0], cursors.as_id(after[1]))
        )
    rows = view.all(statement.limit(cursors.PAGE + 1))
    return cursors.page(_all_plain(rows), [(row.sort, str(row.equipment_id)) for row in rows])


def request_page(
    view: View, *, status: CustomerRequestStatus | None, cursor: str | None, size: int = cursors.PAGE
) -> dict[str, Any]:
    """A page of requests, newest first."""
    statement = _requests(view).order_by(requests.c.request_id.desc())
    if status is not None:
        statement = statement.where(_STATUS.in_([status.value]))
    if (before := cursors.decode_id(cursor)) is not None:
        statement = statement.where(requests.c.request_id < before)
    rows = view.all(statement.limit(size + 1))
    return cursors.page([_request(row) for row in rows], [(str(row.request_id),) for row in rows], size)


def request(view: View, request_id: UUID) -> dict[str, Any] | None:
    """One request with its description, its order and appointments, and its timeline; None without it."""
    rows = view.all(_requests(view).where(requests.c.request_id == request_id))
    if not rows:
        return None
    row = rows[0]
    device = view.all(
        select(equipment.c.name).where(view.of(equipment), equipment.c.equipment_id == row.equipment_id)
    )
    order = None
    if row.order_id is not None:
        order = {"order_id": row.order_id, "status": row.order_status, "created_at": row.created_at}
    return _request(row) | {
        "description": row.description,
        "note": row.note,
        "reason": row.reason,
        "equipment_id": row.equipment_id,
        "equipment_name": device[0].name if device else None,
        "order": order,
        "appointments": appointment_rows(view, appointments.c.order_id == row.order_id),
        "timeline": _timeline(row),
    }


def appointment_page(
    view: View, *, when: AppointmentWindow, now: datetime, cursor: str | None
) -> dict[str, Any]:
    """A page of appointments: those to come, the next first; or the past and cancelled, the last first."""
    coming = and_(appointments.c.status == AppointmentStatus.SCHEDULED, appointments.c.ends_at >= now)
    upcoming = when is AppointmentWindow.UPCOMING
    order = tuple_(appointments.c.starts_at, appointments.c.appointment_id)
    condition = coming if upcoming else ~coming
    if after := cursors.decode(cursor, 2):
        place = tuple_(cursors.as_time(after[0]), cursors.as_id(after[1]))
        condition = and_(condition, order > place if upcoming else order < place)
    rows = appointment_rows(view, condition, descending=not upcoming, limit=cursors.PAGE + 1)
    return cursors.page(rows, [(row["starts_at"].isoformat(), str(row["appointment_id"])) for row in rows])


def appointment_rows(
    view: View, condition: ColumnElement[bool], *, descending: bool = False, limit: int = cursors.PAGE
) -> list[dict[str, Any]]:
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
    return _all_plain(view.all(statement))


def counts(view: View, *, now: datetime) -> dict[str, int]:
    """How many there are of what the start page leads to."""
    open_requests = _with_orders(view, requests.c.request_id).where(_STATUS.in_(_OPEN))
    coming = and_(appointments.c.status == AppointmentStatus.SCHEDULED, appointments.c.ends_at >= now)
    statements = {
        "sites": select(sites.c.site_id).where(view.of(sites)),
        "equipment": select(equipment.c.equipment_id).where(view.of(equipment)),
        "open_requests": open_requests,
        "upcoming_appointments": select(appointments.c.appointment_id).where(view.of(appointments), coming),
    }
    return {
        name: view.all(select(func.count()).select_from(statement.subquery()))[0][0]
        for name, statement in statements.items()
    }


def _requests(view: View) -> Select[Any]:
    return _with_orders(
        view,
        requests,
        orders.c.order_id,
        orders.c.status.label("order_status"),
        orders.c.created_at,
        orders.c.scheduled_at,
        orders.c.completed_at,
        sites.c.name.label("site_name"),
        _STATUS,
    ).outerjoin(sites, and_(view.of(sites), sites.c.site_id == requests.c.site_id))


def _with_orders(view: View, *columns: Any) -> Select[Any]:
    joined = and_(view.of(orders), orders.c.request_id == requests.c.request_id)
    return select(*columns).select_from(requests).outerjoin(orders, joined).where(view.of(requests))


def _request(row: Row[Any]) -> dict[str, Any]:
    return {
        "request_id": row.request_id,
        "number": row.number,
        "title": row.title,
        "status": row.customer_status,
        "site_id": row.site_id,
        "site_name": row.site_name,
        "submitted_at": row.submitted_at,
        "answered_at": row.answered_at,
    }


def _timeline(row: Row[Any]) -> list[dict[str, Any]]:
    """The steps that have been taken, in order, each with its time."""
    steps = [("submitted", row.submitted_at), (row.status, row.answered_at)]
    if row.order_status in (OrderStatus.SCHEDULED, OrderStatus.COMPLETED):
        steps += [("scheduled", row.scheduled_at), ("done", row.completed_at)]
    return [{"status": status, "at": at} for status, at in steps if at is not None]


def _counts(view: View, statement: Select[Any]) -> dict[UUID, int]:
    by_site = statement.subquery()
    grouped = select(by_site.c.site_id, func.count().label("rows")).group_by(by_site.c.site_id)
    return {row.site_id: row.rows for row in view.all(grouped)}


def _one(view: View, statement: Select[Any]) -> dict[str, Any]:
    """The one row, or an empty object while the projection has not come to it yet."""
    rows = view.all(statement)
    return _plain(rows[0]) if rows else {}


def _all_plain(rows: Iterable[Row[Any]]) -> list[dict[str, Any]]:
    return [_plain(row) for row in rows]


def _plain(row: Row[Any]) -> dict[str, Any]:
    internal = ("owner_id", "generation", "sort")
    return {str(name): value for name, value in row._mapping.items() if name not in internal}
