"""Requests: a page of them, or one with all that came of it."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, select

from services.portal_read.queries import appointments as appointment_queries
from services.portal_read.queries.people import FULL_NAME, of_company
from services.portal_read.tables import (
    appointments,
    attachments,
    contacts,
    equipment,
    orders,
    providers,
    requests,
    sites,
)
from services.portal_read.view import View, as_message
from shared.appointment_steps import appointment_steps
from shared.contracts import cursor as cursors
from shared.contracts.orders import AppointmentStep, OrderStatus
from shared.contracts.portal_read import (
    CustomerRequestStatus,
    PortalAttachment,
    PortalOrder,
    PortalRequest,
    Side,
    TimelineStep,
    Who,
)
from shared.contracts.position import Position
from shared.contracts.requests import RequestStatus
from shared.eventlog import log

ORDER_STREAM = "order"
_OPEN = (
    CustomerRequestStatus.SUBMITTED.value,
    CustomerRequestStatus.ACCEPTED.value,
    CustomerRequestStatus.SCHEDULED.value,
)
_ACCEPTED = requests.c.status == RequestStatus.ACCEPTED
# What the customer sees of a request: the answer to it and, once there is an order, how that stands.
_STATUS: ColumnElement[str] = case(
    (and_(_ACCEPTED, orders.c.status == OrderStatus.SCHEDULED), CustomerRequestStatus.SCHEDULED.value),
    (and_(_ACCEPTED, orders.c.status == OrderStatus.COMPLETED), CustomerRequestStatus.DONE.value),
    else_=requests.c.status,
)


def page(
    view: View, *, status: CustomerRequestStatus | None, cursor: str | None, size: int = cursors.PAGE
) -> dict[str, Any]:
    """A page of requests, newest first."""
    statement = _named(view).order_by(requests.c.request_id.desc())
    if status is not None:
        statement = statement.where(_STATUS.in_([status.value]))
    if (before := cursors.decode_id(cursor)) is not None:
        statement = statement.where(requests.c.request_id < before)
    found = [as_message(PortalRequest, row) for row in view.all(statement.limit(size + 1))]
    return cursors.page(found, [(str(one.request_id),) for one in found], size)


def details(view: View, request_id: UUID) -> dict[str, Any] | None:
    """The fields of PortalRequestDetails, or None when the company has no such request."""
    row = view.first(_with_people(view, _named(view)).where(requests.c.request_id == request_id))
    if row is None:
        return None
    of_order = appointments.c.order_id == row.order_id
    return vars(as_message(PortalRequest, row)) | {
        "description": row.description,
        "note": row.note,
        "reason": row.reason,
        "equipment_id": row.equipment_id,
        "equipment_name": row.equipment_name,
        "submitted_by": of_company(row.submitted_by),
        "attachments": _attachments(view, row.attachment_ids),
        "order": _order(row),
        "appointments": appointment_queries.those(view, of_order) if row.order_id else [],
        "appointment_steps": _appointment_steps(view, row.order_id),
        "timeline": _timeline(row),
    }


def with_orders(view: View, *columns: Any) -> Select[Any]:
    """Columns of the company's requests and of the orders that came of them."""
    joined = and_(view.of(orders), orders.c.request_id == requests.c.request_id)
    return select(*columns).select_from(requests).outerjoin(orders, joined).where(view.of(requests))


def is_open() -> ColumnElement[bool]:
    """The condition, over `with_orders`, that a request is not done, declined or withdrawn."""
    return _STATUS.in_(_OPEN)


def _named(view: View) -> Select[Any]:
    columns = [column for column in requests.c if column.name != "status"]
    return with_orders(view, *columns, _STATUS.label("status"), sites.c.name.label("site_name")).outerjoin(
        sites, and_(view.of(sites), sites.c.site_id == requests.c.site_id)
    )


def _with_people(view: View, statement: Select[Any]) -> Select[Any]:
    """The same with the order's steps, the device's name, and who took which step."""
    return statement.add_columns(
        orders.c.order_id,
        orders.c.status.label("order_status"),
        orders.c.created_at,
        orders.c.scheduled_at,
        orders.c.completed_at,
        equipment.c.name.label("equipment_name"),
        requests.c.status.label("answer"),
        select(FULL_NAME)
        .where(view.of(contacts), contacts.c.contact_id == requests.c.contact_id)
        .scalar_subquery()
        .label("submitted_by"),
        select(FULL_NAME)
        .where(view.of(contacts), contacts.c.contact_id == requests.c.answered_by)
        .scalar_subquery()
        .label("withdrawn_by"),
        select(providers.c.name).where(view.of_provider(providers)).scalar_subquery().label("provider_name"),
    ).outerjoin(equipment, and_(view.of(equipment), equipment.c.equipment_id == requests.c.equipment_id))


def _attachments(view: View, attachment_ids: list[UUID]) -> list[PortalAttachment]:
    """In the order in which the request names them."""
    if not attachment_ids:
        return []
    rows = view.all(
        select(attachments).where(view.of(attachments), attachments.c.attachment_id.in_(attachment_ids))
    )
    found = {row.attachment_id: as_message(PortalAttachment, row) for row in rows}
    return [found[attachment_id] for attachment_id in attachment_ids if attachment_id in found]


def _order(row: Row[Any]) -> PortalOrder | None:
    if row.order_id is None:
        return None
    return PortalOrder(order_id=row.order_id, status=row.order_status, created_at=row.created_at)


def _appointment_steps(view: View, order_id: UUID | None) -> list[AppointmentStep]:
    """From the log, as far as the view has come: its rows hold only how an appointment stands."""
    if order_id is None:
        return []
    reached: Position = view.freshness()["position"]
    history = log.load(view.connection, order_id, ORDER_STREAM)
    return appointment_steps(each for each in history if each.position <= reached.position)


def _timeline(row: Row[Any]) -> list[TimelineStep]:
    """The steps that have been taken, in order, each with its time and who took it."""
    provider = Who(side=Side.PROVIDER, name=row.provider_name)
    withdrawn = row.answer == RequestStatus.WITHDRAWN
    steps = [
        (CustomerRequestStatus.SUBMITTED, row.submitted_at, of_company(row.submitted_by)),
        (row.answer, row.answered_at, of_company(row.withdrawn_by) if withdrawn else provider),
        (CustomerRequestStatus.SCHEDULED, row.scheduled_at, provider),
        (CustomerRequestStatus.DONE, row.completed_at, provider),
    ]
    return [
        TimelineStep(status=CustomerRequestStatus(status), at=at, by=who)
        for status, at, who in steps
        if at is not None
    ]
