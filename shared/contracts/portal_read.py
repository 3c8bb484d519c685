"""What `portal_read` answers: the customer's view of everything that is theirs."""

import enum
from datetime import date, datetime
from uuid import UUID

from shared.contracts.declare import message, text
from shared.contracts.documents import DocumentKind, DocumentStatus
from shared.contracts.orders import AppointmentStatus, AppointmentStep, OrderStatus
from shared.contracts.position import Position
from shared.contracts.requests import RequestStatus
from shared.contracts.values import Language, Listing, Money, Page

SEARCH_CHARACTERS = 100


class CustomerRequestStatus(enum.StrEnum):
    """A request's status as the customer sees it: the answer to it, then how its order stands."""

    SUBMITTED = RequestStatus.SUBMITTED
    ACCEPTED = RequestStatus.ACCEPTED
    SCHEDULED = "scheduled"
    DONE = "done"
    DECLINED = RequestStatus.DECLINED
    WITHDRAWN = RequestStatus.WITHDRAWN


class ResyncState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class AppointmentWindow(enum.StrEnum):
    UPCOMING = "upcoming"
    PAST = "past"


class Side(enum.StrEnum):
    """On whose side somebody is."""

    COMPANY = "company"
    PROVIDER = "provider"


class ThingKind(enum.StrEnum):
    """What of a company it can be asked who sees it."""

    SITE = "site"
    REQUEST = "request"
    DOCUMENT = "document"


@message
class AtLeast:
    """`at_least` is the position that the answer must reflect; the query waits for it."""

    at_least: Position | None = None


@message
class ReadPage(Listing):
    at_least: Position | None = None


@message
class ReadDashboard(AtLeast):
    """`as_of` asks for what was to be seen at a moment in the past, instead of now."""

    as_of: datetime | None = None


@message
class ReadSites(ReadPage):
    """`search` finds by the words of name and address, or parts of them."""

    search: str | None = text(maximum=SEARCH_CHARACTERS, default=None)
    site_id: UUID | None = None


@message
class ReadEquipment(ReadPage):
    """`search` finds by words, or parts of them, of what the equipment and its site are called."""

    site_id: UUID | None = None
    search: str | None = text(maximum=SEARCH_CHARACTERS, default=None)


@message
class ReadAppointments(ReadPage):
    when: AppointmentWindow


@message
class ReadAppointment:
    appointment_id: UUID
    at_least: Position | None = None


@message
class ReadDocument:
    document_id: UUID
    at_least: Position | None = None


@message
class ReadDocuments(ReadPage):
    """`as_of` asks for what was to be seen at a moment in the past, instead of now."""

    kind: DocumentKind | None = None
    as_of: datetime | None = None


@message
class ReadRequests(ReadPage):
    """`as_of` asks for what was to be seen at a moment in the past, instead of now."""

    status: CustomerRequestStatus | None = None
    as_of: datetime | None = None


@message
class ReadRequest:
    request_id: UUID
    at_least: Position | None = None


@message
class Fresh:
    """What every answer says of itself: the position that it reflects, all of it at one moment.

    `reached` is false when `at_least` was not reached in time, `stale` true when the view stopped at an event
    that could not be applied; `age_seconds` is how old the oldest event is that is missing.
    """

    position: Position
    age_seconds: float
    stale: bool
    reached: bool


@message
class Who:
    """A contact of the company, or the provider, of whom no person is named.

    A contact who is not known, or was removed, has no name.
    """

    side: Side
    name: str | None


@message
class PortalProvider:
    provider_id: UUID
    name: str
    email: str
    phone: str | None
    address: str | None
    language: Language


@message
class PortalCompany:
    company_id: UUID
    name: str
    number: str | None


@message
class PortalContact:
    contact_id: UUID
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    notifications_enabled: bool
    language: Language
    is_main_contact: bool


@message
class PortalSite:
    site_id: UUID
    name: str
    address: str
    latitude: float | None
    longitude: float | None
    open_requests: int
    upcoming_appointments: int
    equipment_count: int


@message
class MapPoint:
    """A site with coordinates, as little as a map needs of it."""

    site_id: UUID
    name: str
    latitude: float
    longitude: float
    open_requests: int
    upcoming_appointments: int


@message
class PortalEquipment:
    equipment_id: UUID
    site_id: UUID
    site_name: str | None
    name: str
    manufacturer: str | None
    model: str | None
    serial_number: str | None
    installed_on: date | None


@message
class PortalAppointment:
    """`reason` is why it was cancelled."""

    appointment_id: UUID
    order_id: UUID
    request_id: UUID | None
    title: str | None
    site_id: UUID
    site_name: str | None
    starts_at: datetime
    ends_at: datetime
    technician: str | None
    status: AppointmentStatus
    reason: str | None


@message
class PortalDocument:
    """`answered_by` accepted or declined the offer. What the provider took back is not shown."""

    document_id: UUID
    kind: DocumentKind
    number: str
    title: str
    filename: str
    media_type: str
    size: int
    sha256: str
    site_id: UUID | None
    site_name: str | None
    order_id: UUID | None
    total: Money | None
    valid_until: date | None
    status: DocumentStatus
    published_at: datetime
    answered_at: datetime | None
    answered_by: Who | None
    reason: str | None


@message
class PortalAttachment:
    attachment_id: UUID
    filename: str
    media_type: str
    size: int


@message
class PortalRequest:
    request_id: UUID
    number: str
    title: str
    status: CustomerRequestStatus
    site_id: UUID
    site_name: str | None
    submitted_at: datetime
    answered_at: datetime | None


@message
class PortalOrder:
    order_id: UUID
    status: OrderStatus
    created_at: datetime


@message
class TimelineStep:
    status: CustomerRequestStatus
    at: datetime
    by: Who


@message
class Counts:
    sites: int
    equipment: int
    open_requests: int
    upcoming_appointments: int
    open_offers: int


@message
class Dashboard(Fresh):
    """The first sites by name, the newest requests and documents, the coming appointments.

    `company` and `provider` are null while the view has not come to them yet.
    """

    company: PortalCompany | None
    provider: PortalProvider | None
    sites: list[PortalSite]
    requests: list[PortalRequest]
    appointments: list[PortalAppointment]
    documents: list[PortalDocument]
    counts: Counts


@message
class PortalSitePage(Fresh, Page):
    items: list[PortalSite]


@message
class SiteMap(Fresh):
    """All sites that have coordinates."""

    points: list[MapPoint]


@message
class PortalEquipmentPage(Fresh, Page):
    items: list[PortalEquipment]


@message
class PortalAppointmentPage(Fresh, Page):
    items: list[PortalAppointment]


@message
class PortalAppointmentDetails(Fresh, PortalAppointment):
    """One appointment; `site_address` is where it is."""

    site_address: str | None


@message
class PortalDocumentDetails(Fresh, PortalDocument):
    """One document."""


@message
class PortalDocumentPage(Fresh, Page):
    items: list[PortalDocument]


@message
class PortalRequestPage(Fresh, Page):
    items: list[PortalRequest]


@message
class PortalRequestDetails(Fresh, PortalRequest):
    """A request with all that came of it; `timeline` holds the states that it has come through so far, and
    `appointment_steps` what happened to its appointments, each in order.
    """

    description: str
    note: str | None
    reason: str | None
    equipment_id: UUID | None
    equipment_name: str | None
    submitted_by: Who
    attachments: list[PortalAttachment]
    order: PortalOrder | None
    appointments: list[PortalAppointment]
    appointment_steps: list[AppointmentStep]
    timeline: list[TimelineStep]


@message
class PortalSettings(Fresh):
    """Each is null while the view has not come to it yet."""

    contact: PortalContact | None
    company: PortalCompany | None
    provider: PortalProvider | None


@message
class ResyncById:
    resync_id: UUID


@message
class ResyncRequestedResult:
    resync_id: UUID


@message
class RowChanges:
    """How many rows of a section the view had too few, wrong and too many before it was built anew."""

    added: int
    changed: int
    removed: int


@message
class ResyncView:
    """`applied` of `total` events; `changes` names the sections that were found different, normally none."""

    state: ResyncState
    applied: int
    total: int | None
    started_at: datetime | None
    finished_at: datetime | None
    changes: dict[str, RowChanges] | None


@message
class ViewersOf:
    """Of a site, a request or a document."""

    company_id: UUID
    thing: ThingKind
    thing_id: UUID


@message
class SeenByContact(Listing):
    company_id: UUID
    contact_id: UUID


@message
class AccessCause:
    """The event by which something came to be seen, or no longer."""

    type: str
    event_id: UUID
    at: datetime
    position: Position


@message
class AccessSpan:
    """From one event to another; without `until`, to this day."""

    since: AccessCause
    until: AccessCause | None


@message
class Viewer:
    """A contact of the company, and when they could see it; never, without spans."""

    contact_id: UUID
    name: str
    spans: list[AccessSpan]


@message
class Viewers:
    """Every contact that the company has, or had."""

    viewers: list[Viewer]


@message
class SeenThing:
    thing: ThingKind
    thing_id: UUID
    name: str
    spans: list[AccessSpan]


@message
class SeenThings(Page):
    """What a contact could see at any time, by kind, what came to be seen last at first; `name` is theirs."""

    name: str
    items: list[SeenThing]
