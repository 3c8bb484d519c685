"""The work that came of a request, and when it is or was done; `scheduled_at` is when that was last said."""

from services.portal_read.folds import projects
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
from shared.projections.rows import Rows


@projects(OrderCreated)
def order_created(rows: Rows, event: OrderCreated) -> None:
    rows.orders.insert(
        event.order_id,
        request_id=event.request_id,
        title=event.title,
        status=OrderStatus.CREATED.value,
        created_at=rows.recorded_at,
        scheduled_at=None,
        completed_at=None,
    )


@projects(AppointmentScheduled)
def appointment_scheduled(rows: Rows, event: AppointmentScheduled) -> None:
    rows.appointments.insert(
        event.appointment_id,
        order_id=event.order_id,
        site_id=event.site_id,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        technician=event.technician,
        status=AppointmentStatus.SCHEDULED.value,
        reason=None,
    )
    rows.orders.update(event.order_id, status=OrderStatus.SCHEDULED.value, scheduled_at=rows.recorded_at)


@projects(AppointmentRescheduled)
def appointment_rescheduled(rows: Rows, event: AppointmentRescheduled) -> None:
    who = {"technician": event.technician} if event.reassigned else {}
    rows.appointments.update(event.appointment_id, starts_at=event.starts_at, ends_at=event.ends_at, **who)


@projects(AppointmentCancelled)
def appointment_cancelled(rows: Rows, event: AppointmentCancelled) -> None:
    rows.appointments.update(
        event.appointment_id, status=AppointmentStatus.CANCELLED.value, reason=event.reason
    )
    rows.orders.update(event.order_id, status=event.order_status)
    if event.order_status == OrderStatus.CREATED:
        rows.orders.update(event.order_id, scheduled_at=None)


@projects(AppointmentCompleted)
def appointment_completed(rows: Rows, event: AppointmentCompleted) -> None:
    rows.appointments.update(event.appointment_id, status=AppointmentStatus.COMPLETED.value)


@projects(OrderCompleted)
def order_completed(rows: Rows, event: OrderCompleted) -> None:
    rows.orders.update(event.order_id, status=OrderStatus.COMPLETED.value, completed_at=rows.recorded_at)
