"""Reading documents: a page of them, or one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, select

from services.documents import domain
from services.documents.tables import attachments, documents
from shared.contracts import cursor as cursors
from shared.contracts.documents import (
    DocumentKind,
    DocumentPage,
    DocumentView,
    OfferAccepted,
    OfferDeclined,
)
from shared.eventlog.recorded import Recorded
from shared.eventlog.unit import Unit


def page(
    log: Unit,
    *,
    provider_id: UUID,
    company_id: UUID | None,
    kind: DocumentKind | None,
    cursor: str | None,
    now: datetime,
) -> DocumentPage:
    """A page of a provider's documents, or of one company's, newest first."""
    statement = _of(provider_id, company_id).order_by(documents.c.document_id.desc()).limit(cursors.PAGE + 1)
    if kind is not None:
        statement = statement.where(documents.c.kind == kind)
    if (before := cursors.decode_id(cursor)) is not None:
        statement = statement.where(documents.c.document_id < before)
    ids = log.connection.execute(statement).scalars().all()
    keys = [(str(document_id),) for document_id in ids]
    return DocumentPage(**cursors.page(views(log, ids, now=now), keys))


def views(log: Unit, document_ids: Sequence[UUID], *, now: datetime) -> list[DocumentView]:
    """The documents with these ids, as far as the caller may see them."""
    found = log.states(domain.DOCUMENT, document_ids)
    return [_view(document, history, now) for document, history in found]


def is_attachment(log: Unit, attachment_id: UUID) -> bool:
    """Whether the attachment is still listed."""
    listed = exists().where(attachments.c.attachment_id == attachment_id)
    return bool(log.connection.execute(select(listed)).scalar())


def _view(document: domain.Document, history: Sequence[Recorded], now: datetime) -> DocumentView:
    company_id = history[0].company_id
    assert company_id is not None
    return DocumentView(
        document_id=document.id,
        company_id=company_id,
        kind=document.kind,
        number=document.number,
        title=document.title,
        filename=document.file.filename,
        media_type=document.file.media_type,
        size=document.file.size,
        sha256=document.file.sha256,
        site_id=document.site_id,
        order_id=document.order_id,
        total=document.total,
        valid_until=document.valid_until,
        status=document.status_at(now),
        published_at=history[0].recorded_at,
        answered_at=_answered_at(history),
        answered_by=document.answered_by,
        reason=document.reason,
        replaces=document.replaces,
        replaced_by=document.replaced_by,
    )


def _answered_at(history: Sequence[Recorded]) -> datetime | None:
    answers = (OfferAccepted.type, OfferDeclined.type)
    return next((recorded.recorded_at for recorded in history if recorded.type in answers), None)


def _of(provider_id: UUID, company_id: UUID | None) -> Select[UUID]:
    statement = select(documents.c.document_id).where(documents.c.provider_id == provider_id)
    return statement if company_id is None else statement.where(documents.c.company_id == company_id)
