"""Rules of documents: offers, which get an answer, service reports and invoices."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.documents.files import File
from services.documents.surroundings import Order, Site
from shared.contracts.declare import Event
from shared.contracts.documents import (
    DocumentKind,
    DocumentPublished,
    DocumentStatus,
    DocumentWithdrawn,
    OfferAccepted,
    OfferDeclined,
)
from shared.contracts.errors import Conflict, InvalidTransition, ValidationFailed
from shared.contracts.stream import StreamType
from shared.contracts.values import Money
from shared.formats import TIME_ZONE

_NEEDED = {
    DocumentKind.OFFER: ("total", "valid_until"),
    DocumentKind.SERVICE_REPORT: (),
    DocumentKind.INVOICE: ("total",),
}
_GONE = {DocumentStatus.WITHDRAWN, DocumentStatus.REPLACED}
_STATES = {
    DocumentStatus.PUBLISHED: "is no offer",
    DocumentStatus.ACCEPTED: "has already been accepted",
    DocumentStatus.DECLINED: "has already been declined",
    DocumentStatus.EXPIRED: "is no longer valid",
    DocumentStatus.WITHDRAWN: "was withdrawn",
    DocumentStatus.REPLACED: "was replaced by a newer one",
}


@dataclass(frozen=True)
class Document:
    id: UUID
    kind: DocumentKind
    number: str
    title: str
    file: File
    site_id: UUID | None
    order_id: UUID | None
    total: Money | None
    valid_until: date | None
    replaces: UUID | None
    status: DocumentStatus
    answered_by: UUID | None = None
    reason: str | None = None
    replaced_by: UUID | None = None

    def status_at(self, now: datetime) -> DocumentStatus:
        """An open offer runs out, after its last day, without an event saying so."""
        if self.status is DocumentStatus.OPEN and self.valid_until and self.valid_until < _today(now):
            return DocumentStatus.EXPIRED
        return self.status

    @property
    def is_gone(self) -> bool:
        """Whether its provider took it back; its customer can't open it any more."""
        return self.status in _GONE


def publish(
    document_id: UUID,
    *,
    kind: DocumentKind,
    number: str,
    title: str,
    file: File,
    site: Site | None,
    order: Order | None,
    total: Money | None,
    valid_until: date | None,
    replaces: UUID | None,
    now: datetime,
) -> DocumentPublished:
    given = {"total": total, "valid_until": valid_until}
    if missing := [name for name in _NEEDED[kind] if given[name] is None]:
        raise ValidationFailed({name: [f"Needed for a document of the kind {kind}."] for name in missing})
    if kind is DocumentKind.OFFER and total and total.amount == 0:
        raise ValidationFailed({"total": ["An offer is about more than 0; check its total."]})
    if valid_until and kind is not DocumentKind.OFFER:
        raise ValidationFailed({"valid_until": ["Only an offer has a last day."]})
    if valid_until and valid_until < _today(now):
        raise ValidationFailed({"valid_until": ["Must not be in the past."]})
    if site and order and site.id != order.site_id:
        raise ValidationFailed({"site_id": ["This is not the site of the order."]})
    return DocumentPublished(
        document_id=document_id,
        kind=kind,
        number=number,
        title=title,
        filename=file.filename,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        site_id=site.id if site else None,
        order_id=order.id if order else None,
        total=total,
        valid_until=valid_until,
        replaces=replaces,
    )


def withdraw(document: Document) -> DocumentWithdrawn:
    _must_not_be(document, document.status, {DocumentStatus.ACCEPTED, *_GONE})
    return DocumentWithdrawn(document_id=document.id)


def give_way(document: Document, *, to: UUID, kind: DocumentKind) -> DocumentWithdrawn:
    """Withdraw a document in favour of the one that corrects it."""
    if document.kind is not kind:
        raise ValidationFailed({"replaces": ["Can only be a document of the same kind."]})
    _must_not_be(document, document.status, {DocumentStatus.ACCEPTED, *_GONE})
    return DocumentWithdrawn(document_id=document.id, replaced_by=to)


def accept(document: Document, *, contact_id: UUID, sha256: str, now: datetime) -> OfferAccepted:
    _must_be_open(document, now)
    if document.file.sha256 != sha256:
        raise Conflict("The offer has another content than the one that was read; open it again.")
    return OfferAccepted(
        document_id=document.id,
        contact_id=contact_id,
        number=document.number,
        sha256=sha256,
        total=document.total,
        order_id=document.order_id,
    )


def decline(document: Document, *, contact_id: UUID, reason: str | None, now: datetime) -> OfferDeclined:
    _must_be_open(document, now)
    return OfferDeclined(
        document_id=document.id, contact_id=contact_id, number=document.number, reason=reason
    )


def evolve_document(document: Document | None, event: Event) -> Document | None:
    if isinstance(event, DocumentPublished):
        return _published(event)
    if document is None:
        return None
    match event:
        case DocumentWithdrawn():
            status = DocumentStatus.REPLACED if event.replaced_by else DocumentStatus.WITHDRAWN
            return replace(document, status=status, replaced_by=event.replaced_by)
        case OfferAccepted():
            return replace(document, status=DocumentStatus.ACCEPTED, answered_by=event.contact_id)
        case OfferDeclined():
            declined = replace(document, status=DocumentStatus.DECLINED, reason=event.reason)
            return replace(declined, answered_by=event.contact_id)
    return document


DOCUMENT = StreamType("document", evolve_document)


def _must_be_open(document: Document, now: datetime) -> None:
    status = document.status_at(now)
    _must_not_be(document, status, set(DocumentStatus) - {DocumentStatus.OPEN})


def _must_not_be(document: Document, status: DocumentStatus, refused: Iterable[DocumentStatus]) -> None:
    if status in refused:
        raise InvalidTransition(f"The document {document.number} {_STATES[status]}.", status=status.value)


def _today(now: datetime) -> date:
    return now.astimezone(TIME_ZONE).date()


def _published(event: DocumentPublished) -> Document:
    is_offer = event.kind is DocumentKind.OFFER
    return Document(
        event.document_id,
        event.kind,
        event.number,
        event.title,
        File(event.sha256, event.size, event.filename, event.media_type),
        event.site_id,
        event.order_id,
        event.total,
        event.valid_until,
        event.replaces,
        DocumentStatus.OPEN if is_offer else DocumentStatus.PUBLISHED,
    )
