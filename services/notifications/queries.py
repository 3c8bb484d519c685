"""Reading the ledger: a page of it, with the addresses that the recipients have now."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, tuple_

from services.notifications import streams
from services.notifications.domain import TO_PROVIDER
from services.notifications.streams import Company
from services.notifications.tables import deliveries
from shared.contracts import cursor as cursors
from shared.contracts.notifications import DeliveryPage, DeliveryState, DeliveryView, MailTemplate
from shared.eventlog.unit import Unit


def page(log: Unit, provider_id: UUID, *, company_id: UUID | None, cursor: str | None) -> DeliveryPage:
    """A page of the provider's mails, or of one company's, newest event first."""
    statement = (
        select(deliveries)
        .where(deliveries.c.provider_id == provider_id)
        .order_by(deliveries.c.about.desc(), deliveries.c.delivery_id.desc())
        .limit(cursors.PAGE + 1)
    )
    if company_id is not None:
        statement = statement.where(deliveries.c.company_id == company_id)
    if (before := cursors.decode(cursor, 2)) is not None:
        key = [cursors.as_id(part) for part in before]
        statement = statement.where(tuple_(deliveries.c.about, deliveries.c.delivery_id) < tuple_(*key))
    rows = log.connection.execute(statement).all()
    keys = [(str(row.about), str(row.delivery_id)) for row in rows]
    return DeliveryPage(**cursors.page(_views(log, provider_id, rows), keys))


def _views(log: Unit, provider_id: UUID, rows: Sequence[Row[Any]]) -> list[DeliveryView]:
    ids = {row.company_id for row in rows if row.company_id}
    companies = {history[0].stream_id: company for company, history in log.states(streams.COMPANY, ids)}
    provider = log.stream(streams.PROVIDER, provider_id).state
    return [
        DeliveryView(
            delivery_id=row.delivery_id,
            company_id=row.company_id,
            contact_id=row.contact_id,
            email=provider.email if row.template in TO_PROVIDER else _email(row, companies),
            template=MailTemplate(row.template),
            about=row.about,
            state=DeliveryState(row.state),
            attempts=row.attempts,
            error=row.error,
            created_at=row.created_at,
            finished_at=row.finished_at,
        )
        for row in rows
    ]


def _email(row: Row[Any], companies: Mapping[UUID, Company]) -> str | None:
    company = companies.get(row.company_id)
    person = company.people.get(row.contact_id) if company else None
    return person.email if person else None
