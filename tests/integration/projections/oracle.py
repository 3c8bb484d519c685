"""What a history comes to, one event after the other, in dictionaries; and what the tables hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select

from services.portal_read.projection import PORTAL
from services.portal_read.tables import projected
from shared.contracts import customers, documents, orders, requests
from shared.contracts.declare import Event
from shared.projections.projection import Projection
from tests.integration.projections.histories import (
    COMPANIES,
    Entry,
    declared,
    is_misfit,
    is_of_concern,
    recorded_at,
)
from tests.support.second_version import label

Tables = dict[str, dict[UUID, dict[str, Any]]]
TABLES = tuple(projected)


def expected(history: Sequence[Entry]) -> tuple[list[Tables], list[int | None]]:
    """Each company's tables and where it was parked: at its first misfit, after which nothing counts."""
    tables: list[Tables] = [{name: {} for name in TABLES} for _ in range(COMPANIES)]
    parked: list[int | None] = [None] * COMPANIES
    for position, each in enumerate(history, start=1):
        if parked[each.company] is None and is_misfit(each):
            parked[each.company] = position
        elif parked[each.company] is None and is_of_concern(each):
            _take(tables[each.company], declared(each), recorded_at(position))
    return tables, parked


def expected_by_the_second(history: Sequence[Entry]) -> tuple[list[Tables], list[int | None]]:
    """The same as the second version has it: removed sites are gone, the others have a label."""
    tables, parked = expected(history)
    for company in tables:
        company["sites"] = {
            key: row | {"label": label(row["name"], row["address"])}
            for key, row in company["sites"].items()
            if not row["removed"]
        }
    return tables, parked


def found(
    engine: Engine, companies: Sequence[UUID], projection: Projection = PORTAL
) -> tuple[list[Tables], list[int | None]]:
    """The same as the database holds it; every row must be of the one generation there is."""
    owners = projection.owners
    with engine.connect() as connection:
        tables: list[Tables] = [{} for _ in companies]
        for index, company in enumerate(companies):
            for name in TABLES:
                table = projection.tables[name]
                rows = connection.execute(select(table).where(table.c.owner_id == company))
                tables[index][name] = {row[2]: dict(list(row._mapping.items())[3:]) for row in rows}
        parked = {
            row.owner_id: row.parked_at
            for row in connection.execute(select(owners).where(owners.c.owner_id.in_(companies)))
        }
    return tables, [parked.get(company) for company in companies]


def _take(tables: Tables, event: Event, at: datetime) -> None:
    take = {"customers": _take_master_data, "documents": _take_document}.get(event.service, _take_business)
    take(tables, event, at)


def _take_master_data(tables: Tables, event: Event, _at: datetime) -> None:
    match event:
        case customers.ProviderRegistered() | customers.ProviderUpdated():
            columns = ("name", "email", "phone", "address", "language")
            tables["providers"][event.provider_id] = _values(event, *columns)
        case customers.CompanyRegistered():
            tables["companies"][event.company_id] = _values(event, "name", "number", main_contact_id=None)
        case customers.CompanyUpdated():
            _change(tables["companies"], event.company_id, name=event.name, number=event.number)
        case customers.MainContactSet():
            _change(tables["companies"], event.company_id, main_contact_id=event.contact_id)
        case customers.ContactAdded() | customers.ContactUpdated():
            columns = ("first_name", "last_name", "email", "phone", "notifications_enabled", "language")
            tables["contacts"][event.contact_id] = _values(event, *columns)
        case customers.ContactRemoved():
            tables["contacts"].pop(event.contact_id, None)
        case customers.ContactErased():
            tables["contacts"].pop(event.contact_id, None)
            if event.was_main_contact:
                _change(tables["companies"], event.company_id, main_contact_id=None)
        case customers.SiteAdded() | customers.SiteUpdated():
            columns = ("name", "address", "latitude", "longitude")
            tables["sites"][event.site_id] = _values(event, *columns, removed=False)
        case customers.SiteRemoved():
            _change(tables["sites"], event.site_id, removed=True)
        case customers.EquipmentAdded() | customers.EquipmentUpdated():
            columns = ("site_id", "name", "manufacturer", "model", "serial_number", "installed_on")
            tables["equipment"][event.equipment_id] = _values(event, *columns, removed=False)
        case customers.EquipmentRemoved():
            _change(tables["equipment"], event.equipment_id, removed=True)
        case _:
            raise AssertionError(f"the oracle knows nothing of {event.type}")


def _take_business(tables: Tables, event: Event, at: datetime) -> None:
    asked, ordered, planned = tables["requests"], tables["orders"], tables["appointments"]
    match event:
        case requests.RequestSubmitted():
            columns = ("number", "contact_id", "site_id", "equipment_id", "title", "description")
            asked[event.request_id] = _values(event, *columns, "attachment_ids", status="submitted") | {
                **{"note": None, "reason": None},
                **{"submitted_at": at, "answered_at": None, "answered_by": None},
            }
        case requests.RequestAccepted():
            _change(asked, event.request_id, status="accepted", note=event.note, answered_at=at)
        case requests.RequestDeclined():
            _change(asked, event.request_id, status="declined", reason=event.reason, answered_at=at)
        case requests.RequestWithdrawn():
            answer = {"status": "withdrawn", "answered_at": at, "answered_by": event.contact_id}
            _change(asked, event.request_id, **answer)
        case orders.OrderCreated():
            ordered[event.order_id] = _values(event, "request_id", "title", status="created") | {
                **{"created_at": at, "scheduled_at": None, "completed_at": None},
            }
        case orders.AppointmentScheduled():
            columns = ("order_id", "site_id", "starts_at", "ends_at", "technician")
            planned[event.appointment_id] = _values(event, *columns, status="scheduled", reason=None)
            _change(ordered, event.order_id, status="scheduled", scheduled_at=at)
        case orders.AppointmentRescheduled():
            _change(planned, event.appointment_id, starts_at=event.starts_at, ends_at=event.ends_at)
            if event.reassigned:
                _change(planned, event.appointment_id, technician=event.technician)
        case orders.AppointmentCancelled():
            _change(planned, event.appointment_id, status="cancelled", reason=event.reason)
            _change(ordered, event.order_id, status=str(event.order_status))
            if event.order_status is orders.OrderStatus.CREATED:
                _change(ordered, event.order_id, scheduled_at=None)
        case orders.AppointmentCompleted():
            _change(planned, event.appointment_id, status="completed")
        case orders.OrderCompleted():
            _change(ordered, event.order_id, status="completed", completed_at=at)
        case _:
            raise AssertionError(f"the oracle knows nothing of {event.type}")


def _take_document(tables: Tables, event: Event, at: datetime) -> None:
    published = tables["documents"]
    match event:
        case documents.AttachmentStored():
            tables["attachments"][event.attachment_id] = _values(event, "filename", "media_type", "size")
        case documents.DocumentPublished():
            columns = ("kind", "number", "title", "filename", "media_type", "size", "sha256", "site_id")
            published[event.document_id] = _values(event, *columns, "order_id", "valid_until") | {
                "amount": event.total.amount if event.total else None,
                "currency": event.total.currency if event.total else None,
                "status": "open" if event.kind is documents.DocumentKind.OFFER else "published",
                **{"published_at": at, "answered_at": None, "answered_by": None, "reason": None},
            }
        case documents.DocumentWithdrawn():
            published.pop(event.document_id, None)
        case documents.OfferAccepted():
            answer = {"status": "accepted", "answered_at": at, "answered_by": event.contact_id}
            _change(published, event.document_id, **answer)
        case documents.OfferDeclined():
            answer = {"status": "declined", "answered_at": at, "answered_by": event.contact_id}
            _change(published, event.document_id, **answer, reason=event.reason)
        case _:
            raise AssertionError(f"the oracle knows nothing of {event.type}")


def _values(event: Event, *columns: str, **others: Any) -> dict[str, Any]:
    return {column: getattr(event, column) for column in columns} | others


def _change(rows: dict[UUID, dict[str, Any]], key: UUID, **changes: Any) -> None:
    if key in rows:
        rows[key] |= changes
