"""An order: the work that an accepted request leads to, and the appointments at which it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.orders.planning import check_length, check_not_over
from shared.contracts.declare import Event
from shared.contracts.errors import InvalidTransition, NotFound
from shared.contracts.orders import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentRescheduled,
    AppointmentScheduled,
    AppointmentStatus,
    OrderCompleted,
    OrderCreated,
    OrderStatus,
)
from shared.contracts.requests import RequestAccepted
from shared.contracts.stream import StreamType

_ORDERS = UUID("8f6c7a52-5d0e-5c11-9b1e-3a5d6c1f0b42")


@dataclass(frozen=True)
class Appointment:
    id: UUID
    starts_at: datetime
    ends_at: datetime
    technician: str | None
    status: AppointmentStatus = AppointmentStatus.SCHEDULED


@dataclass(frozen=True)
class Order:
    id: UUID
    request_id: UUID
    site_id: UUID
    title: str
    description: str
    equipment_id: UUID | None
    status: OrderStatus = OrderStatus.CREATED
    appointments: Mapping[UUID, Appointment] = field(default_factory=dict)


def order_id_for(request_id: UUID) -> UUID:
    """The one order that a request can have: the same id however often the request's acceptance arrives."""
    return uuid5(_ORDERS, str(request_id))


def create(request: RequestAccepted) -> OrderCreated:
    return OrderCreated(
        order_id=order_id_for(request.request_id),
        request_id=request.request_id,
        contact_id=request.contact_id,
        site_id=request.site_id,
        equipment_id=request.equipment_id,
        title=request.title,
        description=request.description,
    )


def schedule(
    order: Order,
    *,
    appointment_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    technician: str | None,
    now: datetime,
) -> AppointmentScheduled:
    _must_be_open(order)
    _must_be_possible(starts_at, ends_at, now)
    return AppointmentScheduled(
        appointment_id=appointment_id,
        order_id=order.id,
        site_id=order.site_id,
        starts_at=starts_at,
        ends_at=ends_at,
        technician=technician,
    )


def reschedule(
    order: Order,
    *,
    appointment_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    **who: Any,
) -> AppointmentRescheduled | None:
    """`who` holds the technician, unless that stays as it is; it can be put right afterwards, too."""
    appointment = _scheduled(order, appointment_id)
    if (appointment.starts_at, appointment.ends_at) != (starts_at, ends_at):
        _must_be_possible(starts_at, ends_at, now)
    changed = replace(appointment, starts_at=starts_at, ends_at=ends_at, **who)
    if changed == appointment:
        return None
    reassigned = changed.technician != appointment.technician
    return AppointmentRescheduled(
        appointment_id=appointment_id,
        order_id=order.id,
        starts_at=starts_at,
        ends_at=ends_at,
        reassigned=reassigned,
        technician=changed.technician if reassigned else None,
    )


def cancel(order: Order, *, appointment_id: UUID, reason: str) -> AppointmentCancelled:
    _scheduled(order, appointment_id)
    others = (other.status for key, other in order.appointments.items() if key != appointment_id)
    left = any(status is not AppointmentStatus.CANCELLED for status in others)
    status = OrderStatus.SCHEDULED if left else OrderStatus.CREATED
    return AppointmentCancelled(
        appointment_id=appointment_id, order_id=order.id, order_status=status, reason=reason
    )


def complete_appointment(order: Order, *, appointment_id: UUID) -> AppointmentCompleted:
    _scheduled(order, appointment_id)
    return AppointmentCompleted(appointment_id=appointment_id, order_id=order.id)


def complete(order: Order) -> OrderCompleted:
    _must_be_open(order)
    if any(one.status is AppointmentStatus.SCHEDULED for one in order.appointments.values()):
        raise InvalidTransition("An appointment is still to come; complete or cancel it first.")
    return OrderCompleted(order_id=order.id)


def evolve(order: Order | None, event: Event) -> Order | None:
    if isinstance(event, OrderCreated):
        return Order(
            event.order_id,
            event.request_id,
            event.site_id,
            event.title,
            event.description,
            event.equipment_id,
        )
    if order is None:
        return None
    match event:
        case AppointmentScheduled():
            added = Appointment(event.appointment_id, event.starts_at, event.ends_at, event.technician)
            return replace(_with(order, added), status=OrderStatus.SCHEDULED)
        case AppointmentRescheduled():
            who = {"technician": event.technician} if event.reassigned else {}
            times = {"starts_at": event.starts_at, "ends_at": event.ends_at}
            return _changed(order, event.appointment_id, **times, **who)
        case AppointmentCancelled():
            cancelled = _changed(order, event.appointment_id, status=AppointmentStatus.CANCELLED)
            return replace(cancelled, status=event.order_status)
        case AppointmentCompleted():
            return _changed(order, event.appointment_id, status=AppointmentStatus.COMPLETED)
        case OrderCompleted():
            return replace(order, status=OrderStatus.COMPLETED)
    return order


ORDER = StreamType("order", evolve)


def _with(order: Order, appointment: Appointment) -> Order:
    return replace(order, appointments={**order.appointments, appointment.id: appointment})


def _changed(order: Order, appointment_id: UUID, **changes: Any) -> Order:
    appointment = order.appointments.get(appointment_id)
    return _with(order, replace(appointment, **changes)) if appointment else order


def _scheduled(order: Order, appointment_id: UUID) -> Appointment:
    _must_be_open(order)
    appointment = order.appointments.get(appointment_id)
    if appointment is None:
        raise NotFound("appointment")
    if appointment.status is not AppointmentStatus.SCHEDULED:
        raise InvalidTransition(
            f"The appointment is already {appointment.status}.", status=appointment.status.value
        )
    return appointment


def _must_be_possible(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    check_length(starts_at, ends_at)
    check_not_over(ends_at, now)


def _must_be_open(order: Order) -> None:
    if order.status is OrderStatus.COMPLETED:
        raise InvalidTransition("The order is already completed.", status=order.status.value)
