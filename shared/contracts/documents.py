"""What `documents` publishes and answers: attachments, and the offers, service reports and invoices."""

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, validate

from shared.contracts.declare import Event, declared, event, message, personal, text
from shared.contracts.fields import is_visible
from shared.contracts.values import NAME_CHARACTERS, NOTE_CHARACTERS, Listing, Money, Page

FILE_BYTES = 25 * 1024 * 1024
FILENAME_CHARACTERS = 200
NUMBER_CHARACTERS = 40
PDF = "application/pdf"
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic", PDF, "text/plain", "video/mp4")
SHA256 = validate.Regexp(r"^[0-9a-f]{64}\Z", error="Must be 64 hexadecimal digits in lower case.")
_NO_FILENAME = "Not a name of a file, such as Angebot 4711.pdf."
# Slashes belong to paths. Marks of direction, which other lines may have, make a name seem to end otherwise.
_FILENAME = validate.Regexp(r"^(?!\.+\Z)[^/\\\u061c\u200e\u200f]*\Z", error=_NO_FILENAME)


def _can_be_seen(filename: str) -> None:
    """Raises ValidationError for a name of which only the ending can be seen, although there is more."""
    stem = filename.rpartition(".")[0].replace(".", "")
    if stem and not is_visible(stem):
        raise ValidationError(_NO_FILENAME)


def filename() -> Any:
    """A file's name: a line of text, never used as a path."""
    return declared(validate.Length(min=1, max=FILENAME_CHARACTERS), _FILENAME, _can_be_seen, lines=False)


class DocumentKind(enum.StrEnum):
    OFFER = "offer"
    SERVICE_REPORT = "service_report"
    INVOICE = "invoice"


class DocumentStatus(enum.StrEnum):
    """`open`, `accepted`, `declined` and `expired` are an offer's; other kinds are simply `published`."""

    PUBLISHED = "published"
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


@event("attachment_stored")
class AttachmentStored(Event):
    """`size` is in bytes. The stream is `attachment`, and its company the owner."""

    attachment_id: UUID
    contact_id: UUID
    filename: str = personal("contact_id")
    media_type: str
    size: int
    sha256: str


@event("document_published")
class DocumentPublished(Event):
    """`valid_until` is an offer's last day, in Berlin's time; `replaces` the document that it corrects."""

    document_id: UUID
    kind: DocumentKind
    number: str
    title: str = personal("company_id")
    filename: str = personal("company_id")
    media_type: str
    size: int
    sha256: str
    site_id: UUID | None = None
    order_id: UUID | None = None
    total: Money | None = None
    valid_until: date | None = None
    replaces: UUID | None = None


@event("document_withdrawn")
class DocumentWithdrawn(Event):
    """`replaced_by` is the document that corrects this one, if that is why it is gone."""

    document_id: UUID
    replaced_by: UUID | None = None


@event("offer_accepted")
class OfferAccepted(Event):
    """`sha256` is the content that was read and agreed to."""

    document_id: UUID
    contact_id: UUID
    number: str
    sha256: str
    total: Money | None = None
    order_id: UUID | None = None


@event("offer_declined")
class OfferDeclined(Event):
    document_id: UUID
    contact_id: UUID
    number: str
    reason: str | None = personal("contact_id", default=None)


@message
class StoreAttachment:
    """`size` is in bytes, as the file store has them under `sha256`."""

    filename: str = filename()
    media_type: str = declared(validate.OneOf(MEDIA_TYPES))
    size: int = declared(validate.Range(min=1, max=FILE_BYTES))
    sha256: str = declared(SHA256)


@message
class AttachmentStoredResult:
    attachment_id: UUID


@message
class Publish:
    """`replaces` names the document that this one corrects, which then is withdrawn."""

    company_id: UUID
    kind: DocumentKind
    number: str = text(maximum=NUMBER_CHARACTERS)
    title: str = text(maximum=NAME_CHARACTERS)
    sha256: str = declared(SHA256)
    filename: str = filename()
    site_id: UUID | None = None
    order_id: UUID | None = None
    total: Money | None = None
    valid_until: date | None = None
    replaces: UUID | None = None


@message
class DocumentPublishedResult:
    document_id: UUID


@message
class Publishable:
    """The file as it would be published."""

    filename: str
    size: int


@message
class AcceptOffer:
    document_id: UUID
    sha256: str = declared(SHA256)


@message
class DeclineOffer:
    document_id: UUID
    reason: str | None = text(maximum=NOTE_CHARACTERS, lines=True, default=None)


@message
class DocumentById:
    document_id: UUID


@message
class AttachmentById:
    attachment_id: UUID


@message
class ListDocuments(Listing):
    company_id: UUID | None = None
    kind: DocumentKind | None = None


@message
class FileView:
    """`location` is where the bytes lie in the file store; its reader has been authorised by this answer."""

    sha256: str
    filename: str
    media_type: str
    size: int
    location: str


@message
class DocumentView:
    """`answered_by` is the contact who accepted or declined an offer."""

    document_id: UUID
    company_id: UUID
    kind: DocumentKind
    number: str
    title: str
    filename: str
    media_type: str
    size: int
    sha256: str
    site_id: UUID | None
    order_id: UUID | None
    total: Money | None
    valid_until: date | None
    status: DocumentStatus
    published_at: datetime
    answered_at: datetime | None
    answered_by: UUID | None
    reason: str | None
    replaces: UUID | None
    replaced_by: UUID | None


@message
class DocumentPage(Page):
    items: list[DocumentView]
