"""Random histories of all that a few companies' views show, as the log would hold them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid4

import orjson
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from shared.contracts.codec import to_plain
from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ContactAdded,
    ContactErased,
    ContactRemoved,
    ContactUpdated,
    EquipmentAdded,
    EquipmentRemoved,
    EquipmentUpdated,
    MainContactSet,
    ProviderRegistered,
    ProviderUpdated,
    SiteAdded,
    SiteRemoved,
    SiteUpdated,
)
from shared.contracts.declare import EVENTS, Event
from shared.contracts.documents import (
    AttachmentStored,
    DocumentKind,
    DocumentPublished,
    DocumentWithdrawn,
    OfferAccepted,
    OfferDeclined,
)
from shared.contracts.orders import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentRescheduled,
    AppointmentScheduled,
    OrderCompleted,
    OrderCreated,
    OrderStatus,
)
from shared.contracts.requests import (
    RequestAccepted,
    RequestDeclined,
    RequestSubmitted,
    RequestWithdrawn,
)
from shared.contracts.values import Language, Money
from shared.eventlog.recorded import Recorded

PROVIDER = UUID("0195a1b2-0000-7000-8000-0000000000a1")
START = datetime(2026, 10, 1, tzinfo=UTC)
COMPANIES = 3


class Entry(NamedTuple):
    """What happened, and to which of the companies; the payload need not fit the type."""

    company: int
    type: str
    payload: dict[str, object]
    schema_version: int = 1


# Few ids, the same in all companies: whatever is mixed up shows.
_KEY = st.sampled_from([UUID(int=number) for number in range(1, 4)])
_TEXT = st.sampled_from(["Filiale Süd", "Büro", "Öl 🛢"])
_MAYBE = st.none() | _TEXT
_TIME = st.sampled_from([START + timedelta(days=days) for days in range(4)])
_ABOUT = {"site_id": _KEY, "contact_id": _KEY, "title": _TEXT, "description": _TEXT}
_SITE = {"site_id": _KEY, "company_id": _KEY, "name": _TEXT, "address": _TEXT}
_DEVICE = {"equipment_id": _KEY, "site_id": _KEY, "name": _TEXT, "model": _MAYBE}
_APPOINTMENT = {"appointment_id": _KEY, "order_id": _KEY}
_WHEN = {"starts_at": _TIME, "ends_at": _TIME}
_LANGUAGE = st.sampled_from(Language)
_PROVIDER = {"provider_id": _KEY, "name": _TEXT, "email": _TEXT, "phone": _MAYBE, "language": _LANGUAGE}
_COMPANY_DATA = {"company_id": _KEY, "name": _TEXT, "number": _MAYBE}
_PERSON = {
    "company_id": _KEY,
    "contact_id": _KEY,
    "first_name": _TEXT,
    "last_name": _TEXT,
    "email": _MAYBE,
    "language": _LANGUAGE,
}
_FILE = {"filename": _TEXT, "media_type": _TEXT, "size": st.integers(1, 2**40), "sha256": _TEXT}
_MONEY = st.builds(Money, amount=st.sampled_from([Decimal("0.50"), Decimal("1299.90")]))
_ANSWER = {"document_id": _KEY, "contact_id": _KEY, "number": _TEXT}

_MASTER_DATA: st.SearchStrategy[Event] = st.one_of(
    st.builds(ProviderRegistered, **_PROVIDER),
    st.builds(ProviderUpdated, **_PROVIDER),
    st.builds(CompanyRegistered, **_COMPANY_DATA),
    st.builds(CompanyUpdated, **_COMPANY_DATA),
    st.builds(MainContactSet, company_id=_KEY, contact_id=_KEY),
    st.builds(ContactAdded, **_PERSON),
    st.builds(ContactUpdated, **_PERSON, notifications_enabled=st.just(True)),
    st.builds(ContactRemoved, company_id=_KEY, contact_id=_KEY),
    st.builds(ContactErased, company_id=_KEY, contact_id=_KEY, was_main_contact=st.booleans()),
    st.builds(SiteAdded, **_SITE),
    st.builds(SiteUpdated, **_SITE, latitude=st.just(48.14), longitude=st.just(11.56)),
    st.builds(SiteRemoved, site_id=_KEY),
    st.builds(EquipmentAdded, **_DEVICE),
    st.builds(EquipmentUpdated, **_DEVICE, installed_on=st.just(date(2019, 5, 1))),
    st.builds(EquipmentRemoved, equipment_id=_KEY),
)
_BUSINESS: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        RequestSubmitted,
        request_id=_KEY,
        number=_TEXT,
        attachment_ids=st.lists(_KEY, max_size=3),
        **_ABOUT,
    ),
    st.builds(RequestAccepted, request_id=_KEY, note=st.none() | _TEXT, **_ABOUT),
    st.builds(RequestDeclined, request_id=_KEY, contact_id=_KEY, reason=_TEXT),
    st.builds(RequestWithdrawn, request_id=_KEY, contact_id=st.none() | _KEY),
    st.builds(OrderCreated, order_id=_KEY, request_id=_KEY, **_ABOUT),
    st.builds(AppointmentScheduled, **_APPOINTMENT, **_WHEN, site_id=_KEY),
    st.builds(AppointmentRescheduled, **_APPOINTMENT, **_WHEN, reassigned=st.booleans(), technician=_MAYBE),
    st.builds(AppointmentCancelled, **_APPOINTMENT, order_status=st.sampled_from(OrderStatus), reason=_TEXT),
    st.builds(AppointmentCompleted, **_APPOINTMENT),
    st.builds(OrderCompleted, order_id=_KEY),
)
_DOCUMENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(AttachmentStored, attachment_id=_KEY, contact_id=_KEY, **_FILE),
    st.builds(
        DocumentPublished,
        document_id=_KEY,
        kind=st.sampled_from(DocumentKind),
        number=_TEXT,
        title=_TEXT,
        site_id=st.none() | _KEY,
        order_id=st.none() | _KEY,
        total=st.none() | _MONEY,
        valid_until=st.none() | st.just(date(2026, 12, 31)),
        **_FILE,
    ),
    st.builds(DocumentWithdrawn, document_id=_KEY),
    st.builds(OfferAccepted, **_ANSWER, sha256=_TEXT),
    st.builds(OfferDeclined, **_ANSWER, reason=_MAYBE),
)
# Requests and their orders have the most to go wrong.
_EVENTS = st.one_of(_MASTER_DATA, _BUSINESS, _BUSINESS, _DOCUMENTS)
_COMPANY = st.integers(0, COMPANIES - 1)
_GOOD = st.builds(lambda company, event: entry(company, event), _COMPANY, _EVENTS)

SITE = str(UUID(int=1))
_PLACE = {"site_id": SITE, "company_id": SITE, "name": "Süd", "address": "Bahnhofstraße 1"}
# A field that is missing, a value that can't be read, some that the table can't hold.
MISFITS: list[tuple[str, dict[str, object], int]] = [
    ("site_added", {"site_id": SITE}, 1),
    ("site_removed", {"site_id": "Filiale Süd"}, 1),
    ("site_added", _PLACE | {"latitude": "Nord"}, 1),
    ("site_added", _PLACE | {"latitude": True}, 1),
    ("site_added", _PLACE | {"name": {"de": "Süd"}}, 1),
]
_MISFIT = st.builds(lambda company, misfit: Entry(company, *misfit), _COMPANY, st.sampled_from(MISFITS))
_OF_NO_CONCERN = st.builds(Entry, _COMPANY, st.just("rocket_launched"), st.just({"to": "moon"}), st.just(1))

HISTORIES = st.lists(_GOOD, min_size=1, max_size=40)
HISTORIES_WITH_MISFITS = st.lists(
    st.one_of(_GOOD, _GOOD, _GOOD, _OF_NO_CONCERN, _MISFIT), min_size=1, max_size=40
)
# How many events a batch has, and whether the first try to fold it ends in a crash.
RHYTHMS = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=6)


def entry(company: int, event: Event) -> Entry:
    return Entry(company, event.type, orjson.loads(orjson.dumps(to_plain(event))))


def companies() -> list[UUID]:
    """Ids of companies that nothing has happened to yet."""
    return [uuid7() for _ in range(COMPANIES)]


def recorded(history: Sequence[Entry], owners: Sequence[UUID]) -> list[Recorded]:
    """The history as events of these companies, in one partition."""
    return [_recorded(position, each, owners[each.company]) for position, each in enumerate(history, start=1)]


def declared(each: Entry) -> Event:
    """The event of an entry that fits its type."""
    return _recorded(1, each, PROVIDER).event


def recorded_at(position: int) -> datetime:
    return START + timedelta(seconds=position)


def _recorded(position: int, each: Entry, company_id: UUID) -> Recorded:
    return Recorded(
        partition=0,
        position=position,
        event_id=uuid4(),
        stream_type="anything",
        stream_id=uuid4(),
        version=1,
        type=each.type,
        schema_version=each.schema_version,
        provider_id=PROVIDER,
        company_id=company_id,
        payload=each.payload,
        correlation_id=uuid4(),
        causation_id=uuid4(),
        actor={"kind": "staff"},
        command_id=None,
        recorded_at=recorded_at(position),
    )


def is_misfit(each: Entry) -> bool:
    return (each.type, each.payload, each.schema_version) in MISFITS


def is_of_concern(each: Entry) -> bool:
    return each.type in EVENTS
