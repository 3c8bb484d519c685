"""What `orders` publishes and answers: the order of an accepted request, and its appointments."""

import enum
from datetime import datetime
from uuid import UUID

from shared.contracts.declare import ABSENT, Event, Payload, event, message, personal, text, upcast
from shared.contracts.values import NAME_CHARACTERS, NOTE_CHARACTERS, Listing, Page


class OrderStatus(enum.StrEnum):
    CREATED = "created"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"


class Age(enum.StrEnum):
    """By when they were made."""

    NEWEST = "newest"
    OLDEST = "oldest"


class AppointmentStatus(enum.StrEnum):
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class AppointmentStepKind(enum.StrEnum):
    """`moved` is to another time, also with another technician; `reassigned` is another technician alone."""

    SCHEDULED = "scheduled"
    MOVED = "moved"
    REASSIGNED = "reassigned"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


@event("order_created")
class OrderCreated(Event):
    order_id: UUID
    request_id: UUID
    contact_id: UUID
    site_id: UUID
    title: str = personal("contact_id")
    description: str = personal("contact_id")
    equipment_id: UUID | None = None


@event("appointment_scheduled")
class AppointmentScheduled(Event):
    appointment_id: UUID
    order_id: UUID
    site_id: UUID
    starts_at: datetime
    ends_at: datetime
    technician: str | None = personal("provider_id", default=None)


@event("appointment_rescheduled", version=2)
class AppointmentRescheduled(Event):
    """Another time or another technician: if `reassigned`, `technician` is who comes now, or null."""

    appointment_id: UUID
    order_id: UUID
    starts_at: datetime
    ends_at: datetime
    reassigned: bool = False
    technician: str | None = personal("provider_id", default=None)


@upcast("appointment_rescheduled", version=1)
def _rescheduled_for_the_same_technician(payload: Payload) -> Payload:
    return payload | {"reassigned": False, "technician": None}


@event("appointment_cancelled")
class AppointmentCancelled(Event):
    """`order_status` is what the order falls back to when no other appointment is left."""

    appointment_id: UUID
    order_id: UUID
    order_status: OrderStatus
    reason: str = personal("company_id")


@event("appointment_completed")
class AppointmentCompleted(Event):
    appointment_id: UUID
    order_id: UUID


@event("order_completed")
class OrderCompleted(Event):
    order_id: UUID


@message
class OrderById:
    order_id: UUID


@message
class ListOrders(Listing):
    """`request_id` finds the one order of a request, once it is there. With `first` the list begins."""

    status: OrderStatus | None = None
    request_id: UUID | None = None
    first: Age = Age.NEWEST


@message
class ScheduleAppointment:
    order_id: UUID
    starts_at: datetime
    ends_at: datetime
    technician: str | None = text(maximum=NAME_CHARACTERS, default=None)


@message
class AppointmentScheduledResult:
    appointment_id: UUID


@message
class RescheduleAppointment:
    """A technician who is left out stays; null takes the appointment from who had it."""

    appointment_id: UUID
    starts_at: datetime
    ends_at: datetime
    technician: str | None = text(maximum=NAME_CHARACTERS, default=ABSENT)


@message
class AppointmentById:
    appointment_id: UUID


@message
class CancelAppointment:
    appointment_id: UUID
    reason: str = text(maximum=NOTE_CHARACTERS, lines=True)


@message
class ListAppointments(Listing):
    """Those that touch the time from `since` to `until`, at most six weeks; of one technician or of all."""

    since: datetime
    until: datetime
    technician: str | None = text(maximum=NAME_CHARACTERS, default=None)


@message
class AppointmentView:
    appointment_id: UUID
    starts_at: datetime
    ends_at: datetime
    technician: str | None
    status: AppointmentStatus


@message
class AppointmentStep:
    """What happened to an appointment, when, and how it stood after that."""

    appointment_id: UUID
    step: AppointmentStepKind
    at: datetime
    starts_at: datetime
    ends_at: datetime
    technician: str | None


@message
class OrderView:
    """`appointment_steps` tells how the appointments came to be as they are, in order."""

    order_id: UUID
    request_id: UUID
    request_number: str | None
    company_id: UUID
    company_name: str | None
    site_id: UUID
    site_name: str | None
    equipment_id: UUID | None
    title: str
    description: str
    status: OrderStatus
    appointments: list[AppointmentView]
    appointment_steps: list[AppointmentStep]
    created_at: datetime
    completed_at: datetime | None


@message
class OrderPage(Page):
    items: list[OrderView]


@message
class CalendarEntry(AppointmentView):
    """An appointment with what it is for and where; a removed site keeps its last name."""

    order_id: UUID
    title: str
    company_id: UUID
    company_name: str | None
    site_id: UUID
    site_name: str | None


@message
class CalendarPage(Page):
    """By start. With up to 500 entries a page, a week is nearly always one."""

    items: list[CalendarEntry]
