"""A log of any size, as years of work for a provider's customers leave it; the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import psycopg
from sqlalchemy import Connection

from shared.contracts.codec import to_plain
from shared.contracts.customers import (
    CompanyRegistered,
    ContactAdded,
    EquipmentAdded,
    MainContactSet,
    SiteAdded,
    SiteUpdated,
)
from shared.contracts.declare import Event
from shared.contracts.documents import DocumentKind, DocumentPublished, OfferAccepted
from shared.contracts.orders import (
    AppointmentCompleted,
    AppointmentRescheduled,
    AppointmentScheduled,
    OrderCompleted,
    OrderCreated,
)
from shared.contracts.requests import RequestAccepted, RequestDeclined, RequestSubmitted
from shared.contracts.values import Money
from shared.database.engine import connect
from shared.eventlog import privacy

PARTITIONS = 8
SEED = 20_261
START = datetime(2020, 1, 7, 8, tzinfo=UTC)
SITES, EQUIPMENT = 8, 24
# In the order of `_row`.
_COLUMNS = (
    "partition, position, event_id, stream_type, stream_id, version, type, schema_version, provider_id,"
    " company_id, payload, correlation_id, causation_id, actor, recorded_at"
)
_ACTOR = '{"kind": "staff", "id": "00000000-0000-0000-0000-000000000001"}'
_TITLES = ("Heizung wird nicht warm", "Jährliche Wartung", "Pumpe brummt laut", "Warmwasser nur lauwarm")
_DESCRIPTION = (
    "Seit gestern Abend bleiben alle Heizkörper im Erdgeschoss kalt, im Obergeschoss ist alles in Ordnung. "
    "Der Kessel zeigt den Fehler F28. Bitte vor 17 Uhr anrufen, der Hausmeister hat die Schlüssel."
)


@dataclass(frozen=True)
class Happening:
    stream_type: str
    stream_id: UUID
    event: Event


def fill(url: str, *, companies: int, events: int) -> list[UUID]:
    """Fill an empty log with `events` events of `companies` companies, whose turns come one after the other.

    Each partition has one provider. Returns the companies' ids.
    """
    chance = random.Random(SEED)
    ids = [_uuid(chance) for _ in range(companies)]
    histories = [_history(random.Random(company.int), company) for company in ids]
    engine = connect(url, name="filling")
    with psycopg.connect(url) as connection, engine.connect() as keys:
        positions = [0] * PARTITIONS
        versions: dict[UUID, int] = {}
        with connection.cursor().copy(f"COPY eventlog.events ({_COLUMNS}) FROM STDIN") as copy:
            for number in range(events):
                company = number % companies
                partition = company % PARTITIONS
                positions[partition] += 1
                happening = next(histories[company])
                version = versions[happening.stream_id] = versions.get(happening.stream_id, 0) + 1
                at = START + timedelta(seconds=number * 60)
                row = _row(chance, partition, positions[partition], version, ids[company], happening, at)
                copy.write_row(list(_sealed(keys, row).values()))
        for partition, head in enumerate(positions):
            connection.execute(
                "UPDATE eventlog.partitions SET head = %s WHERE partition = %s", [head, partition]
            )
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) eventlog.events")
    return ids


def provider_in(partition: int) -> UUID:
    """The provider whose events lie in that partition."""
    return UUID(int=1_000_000 * 8 + partition)


def _row(
    chance: random.Random,
    partition: int,
    position: int,
    version: int,
    company_id: UUID,
    happening: Happening,
    at: datetime,
) -> dict[str, Any]:
    event = happening.event
    event_id, cause = _uuid(chance), _uuid(chance)
    return {
        "partition": partition,
        "position": position,
        "event_id": event_id,
        "stream_type": happening.stream_type,
        "stream_id": happening.stream_id,
        "version": version,
        "type": event.type,
        "schema_version": event.schema_version,
        "provider_id": provider_in(partition),
        "company_id": company_id,
        "payload": to_plain(event),
        "correlation_id": cause,
        "causation_id": cause,
        "actor": _ACTOR,
        "recorded_at": at,
    }


def _sealed(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    [sealed], _ = privacy.seal(connection, [row])
    return sealed | {"payload": orjson.dumps(sealed["payload"]).decode()}


def _history(chance: random.Random, company_id: UUID) -> Iterator[Happening]:
    """What happens at one company: it is set up, and then asks for work, again and again."""
    contact_id = _uuid(chance)
    yield Happening(
        "company", company_id, CompanyRegistered(company_id=company_id, name=f"Firma {company_id}")
    )
    yield Happening("company", company_id, _contact(company_id, contact_id))
    main = MainContactSet(company_id=company_id, contact_id=contact_id)
    yield Happening("company", company_id, main)
    sites = [_uuid(chance) for _ in range(SITES)]
    for site_id in sites:
        yield Happening("site", site_id, _site(SiteAdded, chance, company_id, site_id))
    devices = [(_uuid(chance), chance.choice(sites)) for _ in range(EQUIPMENT)]
    for equipment_id, site_id in devices:
        yield Happening("equipment", equipment_id, _device(equipment_id, site_id))
    number = 0
    while True:
        number += 1
        yield from _request(chance, contact_id, *chance.choice(devices), number)
        if chance.random() < 0.1:
            site_id = chance.choice(sites)
            yield Happening("site", site_id, _site(SiteUpdated, chance, company_id, site_id))


def _request(
    chance: random.Random, contact_id: UUID, equipment_id: UUID, site_id: UUID, number: int
) -> Iterator[Happening]:
    request_id, order_id = _uuid(chance), _uuid(chance)
    about: dict[str, Any] = {
        "request_id": request_id,
        "contact_id": contact_id,
        "site_id": site_id,
        "equipment_id": equipment_id,
        "title": chance.choice(_TITLES),
        "description": _DESCRIPTION,
    }
    yield Happening("request", request_id, RequestSubmitted(number=f"A-2026-{number:05d}", **about))
    if chance.random() < 0.1:
        declined = RequestDeclined(request_id=request_id, contact_id=contact_id, reason="Keine Kapazität.")
        yield Happening("request", request_id, declined)
        return
    yield Happening("request", request_id, RequestAccepted(note="Wir melden uns.", **about))
    yield Happening("order", order_id, OrderCreated(order_id=order_id, **about))
    if chance.random() < 0.4:
        yield from _offer(chance, contact_id, order_id, number)
    yield from _appointments(chance, order_id, site_id)
    yield Happening("order", order_id, OrderCompleted(order_id=order_id))
    for kind in (DocumentKind.SERVICE_REPORT, DocumentKind.INVOICE):
        yield _document(chance, kind, order_id, number)


def _appointments(chance: random.Random, order_id: UUID, site_id: UUID) -> Iterator[Happening]:
    appointment: dict[str, Any] = {"appointment_id": _uuid(chance), "order_id": order_id}
    starts_at = START + timedelta(days=chance.randrange(2_000), hours=chance.randrange(8))
    times: dict[str, Any] = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    scheduled = AppointmentScheduled(site_id=site_id, technician="Sepp Brandl", **appointment, **times)
    yield Happening("order", order_id, scheduled)
    if chance.random() < 0.3:
        yield Happening("order", order_id, AppointmentRescheduled(**appointment, **times))
    yield Happening("order", order_id, AppointmentCompleted(**appointment))


def _offer(chance: random.Random, contact_id: UUID, order_id: UUID, number: int) -> Iterator[Happening]:
    published = _document(chance, DocumentKind.OFFER, order_id, number)
    yield published
    document = published.event
    assert isinstance(document, DocumentPublished)
    accepted = OfferAccepted(
        document_id=document.document_id,
        contact_id=contact_id,
        number=document.number,
        sha256=document.sha256,
        total=document.total,
    )
    yield Happening("document", document.document_id, accepted)


def _document(chance: random.Random, kind: DocumentKind, order_id: UUID, number: int) -> Happening:
    document_id = _uuid(chance)
    document = DocumentPublished(
        document_id=document_id,
        kind=kind,
        number=f"{kind.value[0].upper()}-{number:05d}",
        title="Wartung der Heizung",
        filename="Dokument.pdf",
        media_type="application/pdf",
        size=48_213,
        sha256=f"{chance.getrandbits(256):064x}",
        order_id=order_id,
        total=Money(amount=_amount(chance)),
    )
    return Happening("document", document_id, document)


def _contact(company_id: UUID, contact_id: UUID) -> ContactAdded:
    return ContactAdded(
        company_id=company_id,
        contact_id=contact_id,
        first_name="Jörg",
        last_name="Müller",
        email=f"{contact_id}@example.com",
        notifications_enabled=True,
    )


def _site(kind: Any, chance: random.Random, company_id: UUID, site_id: UUID) -> Any:
    return kind(
        site_id=site_id,
        company_id=company_id,
        name=f"Filiale {chance.randrange(1000)}",
        address="Bahnhofstraße 1, 80335 München",
        latitude=48.14,
        longitude=11.56,
    )


def _device(equipment_id: UUID, site_id: UUID) -> EquipmentAdded:
    return EquipmentAdded(
        equipment_id=equipment_id,
        site_id=site_id,
        name="Gasbrennwertkessel",
        manufacturer="Viessmann",
        model="Vitocrossal 200",
        serial_number="SN-4711023",
    )


def _amount(chance: random.Random) -> Decimal:
    return Decimal(chance.randrange(5_000, 500_000)) / 100


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
