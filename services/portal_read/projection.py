"""What each event means for the customer's view."""

from services.portal_read import tables
from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ContactAdded,
    ContactRemoved,
    ContactUpdated,
    EquipmentAdded,
    EquipmentRemoved,
    EquipmentUpdated,
    ProviderRegistered,
    ProviderUpdated,
    SiteAdded,
    SiteRemoved,
    SiteUpdated,
)
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
from shared.contracts.requests import (
    RequestAccepted,
    RequestDeclined,
    RequestStatus,
    RequestSubmitted,
    RequestWithdrawn,
)
from shared.projections.projection import Projection
from shared.projections.rows import Rows

PORTAL = Projection("portal_read", tables.projected, tables.owners, tables.checkpoints)
projects = PORTAL.projects


@projects(ProviderRegistered, ProviderUpdated)
def provider(rows: Rows, event: ProviderRegistered | ProviderUpdated) -> None:
    rows.providers.insert(
        event.provider_id, name=event.name, email=event.email, phone=event.phone, address=event.address
    )


@projects(CompanyRegistered, CompanyUpdated)
def company(rows: Rows, event: CompanyRegistered | CompanyUpdated) -> None:
    rows.companies.insert(event.company_id, name=event.name, number=event.number)


@projects(ContactAdded, ContactUpdated)
def contact(rows: Rows, event: ContactAdded | ContactUpdated) -> None:
    rows.contacts.insert(
        event.contact_id,
        first_name=event.first_name,
        last_name=event.last_name,
        email=event.email,
        phone=event.phone,
        notifications_enabled=event.notifications_enabled,
    )


@projects(ContactRemoved)
def contact_removed(rows: Rows, event: ContactRemoved) -> None:
    rows.contacts.delete(event.contact_id)


@projects(SiteAdded, SiteUpdated)
def site(rows: Rows, event: SiteAdded | SiteUpdated) -> None:
    rows.sites.insert(
        event.site_id,
        name=event.name,
        address=event.address,
        latitude=event.latitude,
        longitude=event.longitude,
    )


@projects(SiteRemoved)
def site_removed(rows: Rows, event: SiteRemoved) -> None:
    rows.sites.delete(event.site_id)


@projects(EquipmentAdded, EquipmentUpdated)
def equipment(rows: Rows, event: EquipmentAdded | EquipmentUpdated) -> None:
    rows.equipment.insert(
        event.equipment_id,
        site_id=event.site_id,
        name=event.name,
        manufacturer=event.manufacturer,
        model=event.model,
        serial_number=event.serial_number,
        installed_on=event.installed_on,
    )


@projects(EquipmentRemoved)
def equipment_removed(rows: Rows, event: EquipmentRemoved) -> None:
    rows.equipment.delete(event.equipment_id)


@projects(RequestSubmitted)
def request_submitted(rows: Rows, event: RequestSubmitted) -> None:
    rows.requests.insert(
        event.request_id,
        number=event.number,
        contact_id=event.contact_id,
        site_id=event.site_id,
        equipment_id=event.equipment_id,
        title=event.title,
        description=event.description,
        status=RequestStatus.SUBMITTED.value,
        note=None,
        reason=None,
        submitted_at=rows.recorded_at,
        answered_at=None,
    )


@projects(RequestWithdrawn)
def request_withdrawn(rows: Rows, event: RequestWithdrawn) -> None:
    rows.requests.update(event.request_id, status=RequestStatus.WITHDRAWN.value, answered_at=rows.recorded_at)


@projects(RequestAccepted)
def request_accepted(rows: Rows, event: RequestAccepted) -> None:
    rows.requests.update(
        event.request_id, status=RequestStatus.ACCEPTED.value, note=event.note, answered_at=rows.recorded_at
    )


@projects(RequestDeclined)
def request_declined(rows: Rows, event: RequestDeclined) -> None:
    rows.requests.update(
        event.request_id,
        status=RequestStatus.DECLINED.value,
        reason=event.reason,
        answered_at=rows.recorded_at,
    )


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
    )
    rows.orders.update(event.order_id, status=OrderStatus.SCHEDULED.value, scheduled_at=rows.recorded_at)


@projects(AppointmentRescheduled)
def appointment_rescheduled(rows: Rows, event: AppointmentRescheduled) -> None:
    rows.appointments.update(event.appointment_id, starts_at=event.starts_at, ends_at=event.ends_at)


@projects(AppointmentCancelled)
def appointment_cancelled(rows: Rows, event: AppointmentCancelled) -> None:
    rows.appointments.update(event.appointment_id, status=AppointmentStatus.CANCELLED.value)
    rows.orders.update(event.order_id, status=event.order_status.value)


@projects(AppointmentCompleted)
def appointment_completed(rows: Rows, event: AppointmentCompleted) -> None:
    rows.appointments.update(event.appointment_id, status=AppointmentStatus.COMPLETED.value)


@projects(OrderCompleted)
def order_completed(rows: Rows, event: OrderCompleted) -> None:
    rows.orders.update(event.order_id, status=OrderStatus.COMPLETED.value, completed_at=rows.recorded_at)
