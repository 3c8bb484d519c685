"""Files that customers send along, and the documents that they get; what was taken back is gone for them."""

from services.portal_read.folds import projects
from shared.contracts.documents import (
    AttachmentStored,
    DocumentKind,
    DocumentPublished,
    DocumentStatus,
    DocumentWithdrawn,
    OfferAccepted,
    OfferDeclined,
)
from shared.projections.rows import Rows


@projects(AttachmentStored)
def attachment_stored(rows: Rows, event: AttachmentStored) -> None:
    rows.attachments.insert(
        event.attachment_id, filename=event.filename, media_type=event.media_type, size=event.size
    )


@projects(DocumentPublished)
def document_published(rows: Rows, event: DocumentPublished) -> None:
    is_offer = event.kind == DocumentKind.OFFER
    rows.documents.insert(
        event.document_id,
        kind=event.kind,
        number=event.number,
        title=event.title,
        filename=event.filename,
        media_type=event.media_type,
        size=event.size,
        sha256=event.sha256,
        site_id=event.site_id,
        order_id=event.order_id,
        amount=event.total.amount if event.total else None,
        currency=event.total.currency if event.total else None,
        valid_until=event.valid_until,
        status=(DocumentStatus.OPEN if is_offer else DocumentStatus.PUBLISHED).value,
        published_at=rows.recorded_at,
        answered_at=None,
        answered_by=None,
        reason=None,
    )


@projects(DocumentWithdrawn)
def document_withdrawn(rows: Rows, event: DocumentWithdrawn) -> None:
    rows.documents.delete(event.document_id)


@projects(OfferAccepted)
def offer_accepted(rows: Rows, event: OfferAccepted) -> None:
    rows.documents.update(
        event.document_id,
        status=DocumentStatus.ACCEPTED.value,
        answered_at=rows.recorded_at,
        answered_by=event.contact_id,
    )


@projects(OfferDeclined)
def offer_declined(rows: Rows, event: OfferDeclined) -> None:
    rows.documents.update(
        event.document_id,
        status=DocumentStatus.DECLINED.value,
        answered_at=rows.recorded_at,
        answered_by=event.contact_id,
        reason=event.reason,
    )
