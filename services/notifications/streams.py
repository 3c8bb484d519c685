"""What mails need to know of providers, companies, requests, orders and documents, folded from the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ContactAdded,
    ContactErased,
    ContactRemoved,
    ContactUpdated,
    MainContactSet,
    ProviderRegistered,
    ProviderUpdated,
    SiteAdded,
    SiteRemoved,
    SiteUpdated,
)
from shared.contracts.declare import Event
from shared.contracts.documents import DocumentPublished, DocumentWithdrawn
from shared.contracts.invitation import PortalActivated, PortalDeactivated
from shared.contracts.notifications import DeliveryState, MailFailed, MailSent
from shared.contracts.orders import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentScheduled,
    OrderCreated,
)
from shared.contracts.requests import RequestSubmitted
from shared.contracts.stream import StreamType
from shared.contracts.values import Language, Money


@dataclass(frozen=True)
class Provider:
    name: str
    email: str
    phone: str | None
    address: str | None
    language: Language


@dataclass(frozen=True)
class Person:
    name: str
    email: str | None
    notifications_enabled: bool
    language: Language


@dataclass(frozen=True)
class Company:
    name: str
    people: Mapping[UUID, Person] = field(default_factory=dict)
    main_contact_id: UUID | None = None


@dataclass(frozen=True)
class Portal:
    active: bool


@dataclass(frozen=True)
class Site:
    name: str
    address: str


@dataclass(frozen=True)
class Request:
    id: UUID
    number: str
    contact_id: UUID
    site_id: UUID
    title: str
    description: str


@dataclass(frozen=True)
class Appointment:
    starts_at: datetime
    ends_at: datetime
    technician: str | None


@dataclass(frozen=True)
class Order:
    """`appointments` are those that are not cancelled."""

    request_id: UUID
    contact_id: UUID
    site_id: UUID
    title: str
    appointments: Mapping[UUID, Appointment] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    number: str
    title: str
    total: Money | None
    valid_until: date | None
    withdrawn: bool = False


def evolve_provider(provider: Provider | None, event: Event) -> Provider | None:
    match event:
        case ProviderRegistered() | ProviderUpdated():
            return Provider(event.name, event.email, event.phone, event.address, event.language)
    return provider


def evolve_company(company: Company | None, event: Event) -> Company | None:
    if isinstance(event, CompanyRegistered):
        return Company(event.name)
    if company is None:
        return None
    match event:
        case CompanyUpdated():
            return replace(company, name=event.name)
        case ContactAdded() | ContactUpdated():
            return replace(company, people={**company.people, event.contact_id: _person(event)})
        case ContactRemoved() | ContactErased():
            was_main = company.main_contact_id == event.contact_id
            return replace(
                company,
                people=_without(company.people, event.contact_id),
                main_contact_id=None if was_main else company.main_contact_id,
            )
        case MainContactSet():
            return replace(company, main_contact_id=event.contact_id)
    return company


def evolve_portal(portal: Portal | None, event: Event) -> Portal | None:
    match event:
        case PortalActivated():
            return Portal(active=True)
        case PortalDeactivated():
            return Portal(active=False)
    return portal


def evolve_site(site: Site | None, event: Event) -> Site | None:
    match event:
        case SiteAdded() | SiteUpdated():
            return Site(event.name, event.address)
        case SiteRemoved():
            return None
    return site


def evolve_request(request: Request | None, event: Event) -> Request | None:
    if isinstance(event, RequestSubmitted):
        return Request(
            event.request_id, event.number, event.contact_id, event.site_id, event.title, event.description
        )
    return request


def evolve_order(order: Order | None, event: Event) -> Order | None:
    if isinstance(event, OrderCreated):
        return Order(event.request_id, event.contact_id, event.site_id, event.title)
    if order is None:
        return None
    match event:
        case AppointmentScheduled():
            return _planned(order, event, event.technician)
        case AppointmentRescheduled():
            before = order.appointments.get(event.appointment_id)
            return _planned(order, event, technician_after(event, before))
        case AppointmentCancelled():
            return replace(order, appointments=_without(order.appointments, event.appointment_id))
    return order


def technician_after(event: AppointmentRescheduled, before: Appointment | None) -> str | None:
    """Who comes, once an appointment was changed."""
    return event.technician if event.reassigned or before is None else before.technician


def evolve_document(document: Document | None, event: Event) -> Document | None:
    if isinstance(event, DocumentPublished):
        return Document(event.number, event.title, event.total, event.valid_until)
    if document is not None and isinstance(event, DocumentWithdrawn):
        return replace(document, withdrawn=True)
    return document


def evolve_delivery(state: DeliveryState | None, event: Event) -> DeliveryState | None:
    match event:
        case MailSent():
            return DeliveryState.SENT
        case MailFailed():
            return DeliveryState.FAILED
    return state


PROVIDER = StreamType("provider", evolve_provider)
COMPANY = StreamType("company", evolve_company)
PORTAL = StreamType("portal", evolve_portal)
SITE = StreamType("site", evolve_site)
REQUEST = StreamType("request", evolve_request)
ORDER = StreamType("order", evolve_order)
DOCUMENT = StreamType("document", evolve_document)
DELIVERY = StreamType("delivery", evolve_delivery)


def _person(event: ContactAdded | ContactUpdated) -> Person:
    name = f"{event.first_name} {event.last_name}"
    return Person(name, event.email, event.notifications_enabled, event.language)


def _planned(
    order: Order, event: AppointmentScheduled | AppointmentRescheduled, technician: str | None
) -> Order:
    planned = Appointment(event.starts_at, event.ends_at, technician)
    return replace(order, appointments={**order.appointments, event.appointment_id: planned})


def _without(items: Mapping[UUID, Any], key: UUID) -> dict[UUID, Any]:
    return {other: item for other, item in items.items() if other != key}
