"""Offers, service reports and invoices, and what became of the offers."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, select

from services.portal_read.queries.people import FULL_NAME, of_company
from services.portal_read.tables import contacts, documents, sites
from services.portal_read.view import View
from shared.contracts import cursor as cursors
from shared.contracts.documents import DocumentKind, DocumentStatus
from shared.contracts.portal_read import PortalDocument
from shared.contracts.values import Money


def page(
    view: View, *, kind: DocumentKind | None, cursor: str | None, size: int = cursors.PAGE
) -> dict[str, Any]:
    """A page of documents, newest first."""
    statement = _named(view).order_by(documents.c.document_id.desc()).limit(size + 1)
    if kind is not None:
        statement = statement.where(documents.c.kind == kind.value)
    if (before := cursors.decode_id(cursor)) is not None:
        statement = statement.where(documents.c.document_id < before)
    rows = view.all(statement)
    return cursors.page([_document(row) for row in rows], [(str(row.document_id),) for row in rows], size)


def details(view: View, document_id: UUID) -> PortalDocument | None:
    """One document, or None when the company has no such document."""
    row = view.first(_named(view).where(documents.c.document_id == document_id))
    return _document(row) if row else None


def _named(view: View) -> Select[Any]:
    """Documents as they are today, with the names of where they belong and of who answered."""
    has_run_out = and_(documents.c.status == DocumentStatus.OPEN, documents.c.valid_until < view.today)
    return (
        select(
            documents,
            case((has_run_out, DocumentStatus.EXPIRED.value), else_=documents.c.status).label("status_now"),
            sites.c.name.label("site_name"),
            FULL_NAME.label("answered_by_name"),
        )
        .select_from(documents)
        .outerjoin(sites, and_(view.of(sites), sites.c.site_id == documents.c.site_id))
        .outerjoin(contacts, and_(view.of(contacts), contacts.c.contact_id == documents.c.answered_by))
        .where(view.of(documents))
    )


def is_open_offer(view: View) -> ColumnElement[bool]:
    """The condition that a document waits for the customer's answer."""
    still_valid = documents.c.valid_until >= view.today
    return and_(documents.c.status == DocumentStatus.OPEN, documents.c.valid_until.is_(None) | still_valid)


def _document(row: Row[Any]) -> PortalDocument:
    return PortalDocument(
        document_id=row.document_id,
        kind=row.kind,
        number=row.number,
        title=row.title,
        filename=row.filename,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        site_id=row.site_id,
        site_name=row.site_name,
        order_id=row.order_id,
        total=_money(row.amount, row.currency),
        valid_until=row.valid_until,
        status=row.status_now,
        published_at=row.published_at,
        answered_at=row.answered_at,
        answered_by=of_company(row.answered_by_name) if row.answered_at else None,
        reason=row.reason,
    )


def _money(amount: Decimal | None, currency: str | None) -> Money | None:
    return Money(amount=amount, currency=currency) if amount is not None and currency else None
