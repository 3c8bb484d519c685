"""What a history comes to, one event after the other, in dictionaries; and what the tables hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select

from services.portal_read.tables import owners, projected
from shared.contracts import customers, orders, requests
from shared.contracts.declare import Event
from tests.integration.projections.histories import (
    COMPANIES,
    Entry,
    declared,
    is_misfit,
    is_of_concern,
    recorded_at,
)

Tables = dict[str, dict[UUID, dict[str, Any]]]
TABLES = ("sites", "requests", "orders", "appointments")


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


def found(engine: Engine, companies: Sequence[UUID]) -> tuple[list[Tables], list[int | None]]:
    """The same as the database holds it; every row must be of the one generation there is."""
    with engine.connect() as connection:
        tables: list[Tables] = [{} for _ in companies]
        for index, company in enumerate(companies):
            for name in TABLES:
                rows = connection.execute(
                    select(projected[name]).where(projected[name].c.owner_id == company)
                )
                tables[index][name] = {row[2]: dict(list(row._mapping.items())[3:]) for row in rows}
        parked = {
            row.owner_id: row.parked_at
            for row in connection.execute(select(owners).where(owners.c.owner_id.in_(companies)))
        }
    return tables, [parked.get(company) for company in companies]


def _take(tables: Tables, event: Event, at: datetime) -> None:
    sites, asked, ordered, planned = (tables[name] for name in TABLES)
    match event:
        case customers.SiteAdded() | customers.SiteUpdated():
            columns = ("name", "address", "latitude", "longitude")
            sites[event.site_id] = {column: getattr(event, column) for column in columns}
        case customers.SiteRemoved():
            sites.pop(event.site_id, None)
        case requests.RequestSubmitted():
            columns = ("number", "contact_id", "site_id", "equipment_id", "title", "description")
            asked[event.request_id] = {
                **{column: getattr(event, column) for column in columns},
                **{"status": "submitted", "note": None, "reason": None},
                **{"submitted_at": at, "answered_at": None},
            }
        case requests.RequestAccepted():
            _change(asked, event.request_id, status="accepted", note=event.note, answered_at=at)
        case requests.RequestDeclined():
            _change(asked, event.request_id, status="declined", reason=event.reason, answered_at=at)
        case requests.RequestWithdrawn():
            _change(asked, event.request_id, status="withdrawn", answered_at=at)
        case orders.OrderCreated():
            ordered[event.order_id] = {
                **{"request_id": event.request_id, "title": event.title, "status": "created"},
                **{"created_at": at, "scheduled_at": None, "completed_at": None},
            }
        case orders.AppointmentScheduled():
            columns = ("order_id", "site_id", "starts_at", "ends_at", "technician")
            planned[event.appointment_id] = {column: getattr(event, column) for column in columns}
            planned[event.appointment_id]["status"] = "scheduled"
            _change(ordered, event.order_id, status="scheduled", scheduled_at=at)
        case orders.AppointmentRescheduled():
            _change(planned, event.appointment_id, starts_at=event.starts_at, ends_at=event.ends_at)
        case orders.AppointmentCancelled():
            _change(planned, event.appointment_id, status="cancelled")
            _change(ordered, event.order_id, status=str(event.order_status))
        case orders.AppointmentCompleted():
            _change(planned, event.appointment_id, status="completed")
        case orders.OrderCompleted():
            _change(ordered, event.order_id, status="completed", completed_at=at)
        case _:
            raise AssertionError(f"the oracle knows nothing of {event.type}")


def _change(rows: dict[UUID, dict[str, Any]], key: UUID, **changes: Any) -> None:
    if key in rows:
        rows[key] |= changes
