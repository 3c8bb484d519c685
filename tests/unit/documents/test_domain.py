"""The rules of documents: what each kind needs, who answers an offer until when, what gives way to what."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from services.documents.domain import DOCUMENT, accept, decline, give_way, publish, withdraw
from services.documents.files import ATTACHMENT, File, named
from services.documents.surroundings import Order, Site
from shared.contracts.documents import (
    MEDIA_TYPES,
    AttachmentStored,
    DocumentKind,
    DocumentPublished,
    DocumentStatus,
    DocumentWithdrawn,
    OfferAccepted,
    OfferDeclined,
)
from shared.contracts.errors import Conflict, InvalidTransition, PortalError, ValidationFailed
from shared.contracts.values import Money
from tests.support.given import given

DOCUMENT_ID, CONTACT, NEXT, SITE_ID = (UUID(int=number) for number in range(1, 5))
OFFER, REPORT, INVOICE = DocumentKind
LAST_DAY = date(2026, 12, 1)
# Midnight in Berlin, where 2 December begins an hour before it does in UTC.
IN_TIME, TOO_LATE = datetime(2026, 12, 1, 22, 59, tzinfo=UTC), datetime(2026, 12, 1, 23, 0, tzinfo=UTC)
TOTAL = Money(amount=Decimal("129.90"))
FILE = File("a" * 64, 1_000, "Angebot.pdf", "application/pdf")


def published(kind: DocumentKind = OFFER, **details: object) -> DocumentPublished:
    values: dict = {
        "document_id": DOCUMENT_ID,
        "kind": kind,
        "number": "A-1",
        "title": "Neuer Kessel",
        "filename": FILE.filename,
        "media_type": FILE.media_type,
        "size": FILE.size,
        "sha256": FILE.sha256,
        "total": TOTAL,
        "valid_until": LAST_DAY if kind is OFFER else None,
    }
    return DocumentPublished(**values | details)


WITHDRAWN = DocumentWithdrawn(document_id=DOCUMENT_ID)
REPLACED = DocumentWithdrawn(document_id=DOCUMENT_ID, replaced_by=NEXT)
ACCEPTED = OfferAccepted(
    document_id=DOCUMENT_ID, contact_id=CONTACT, number="A-1", sha256=FILE.sha256, total=TOTAL
)
DECLINED = OfferDeclined(document_id=DOCUMENT_ID, contact_id=CONTACT, number="A-1", reason="Zu teuer")
ACCEPT = {"contact_id": CONTACT, "sha256": FILE.sha256}
DECLINE = {"contact_id": CONTACT, "reason": "Zu teuer"}


def publishing(kind: DocumentKind = OFFER, **details: object) -> dict:
    values = {
        "document_id": DOCUMENT_ID,
        "kind": kind,
        "number": "A-1",
        "title": "Neuer Kessel",
        "file": FILE,
    }
    defaults = {"site": None, "order": None, "replaces": None, "now": IN_TIME, "total": TOTAL}
    return values | defaults | {"valid_until": LAST_DAY if kind is OFFER else None} | details


@pytest.mark.parametrize("kind", DocumentKind)
def test_a_document_is_published_with_what_its_kind_needs(kind: DocumentKind):
    given(DOCUMENT).when(publish, **publishing(kind)).then(published(kind))


def test_an_invoice_may_be_about_nothing():
    nothing = Money(amount=Decimal(0))
    given(DOCUMENT).when(publish, **publishing(INVOICE, total=nothing)).then(
        published(INVOICE, total=nothing)
    )


def test_a_service_report_needs_no_total():
    given(DOCUMENT).when(publish, **publishing(REPORT, total=None)).then(published(REPORT, total=None))


@pytest.mark.parametrize(
    ("kind", "details", "fields"),
    [
        (OFFER, {"total": None, "valid_until": None}, {"total", "valid_until"}),
        (OFFER, {"valid_until": None}, {"valid_until"}),
        (OFFER, {"now": TOO_LATE}, {"valid_until"}),
        (OFFER, {"total": Money(amount=Decimal(0))}, {"total"}),
        (INVOICE, {"total": None}, {"total"}),
        (INVOICE, {"valid_until": LAST_DAY}, {"valid_until"}),
        (REPORT, {"site": Site(NEXT), "order": Order(uuid4(), SITE_ID)}, {"site_id"}),
    ],
)
def test_a_document_that_lacks_or_contradicts_something_is_refused_at_that_field(kind, details, fields):
    refusal = given(DOCUMENT).when(publish, **publishing(kind, **details)).then_refused(ValidationFailed)
    assert refusal.details["fields"].keys() == fields


def test_an_offer_is_accepted_until_the_end_of_its_last_day_in_berlin():
    given(DOCUMENT, published()).when(accept, **ACCEPT, now=IN_TIME).then(ACCEPTED)
    for decision, arguments in ((accept, ACCEPT), (decline, DECLINE)):
        refusal = (
            given(DOCUMENT, published())
            .when(decision, **arguments, now=TOO_LATE)
            .then_refused(InvalidTransition)
        )
        assert refusal.details == {"status": "expired"}


def test_another_content_than_the_one_read_is_not_accepted():
    given(DOCUMENT, published()).when(accept, contact_id=CONTACT, sha256="b" * 64, now=IN_TIME).then_refused(
        Conflict
    )


@pytest.mark.parametrize("reason", [None, "Zu teuer"])
def test_an_offer_is_declined_with_or_without_a_reason(reason: str | None):
    given(DOCUMENT, published()).when(decline, contact_id=CONTACT, reason=reason, now=IN_TIME).then(
        OfferDeclined(document_id=DOCUMENT_ID, contact_id=CONTACT, number="A-1", reason=reason)
    )


@pytest.mark.parametrize("end", [ACCEPTED, DECLINED, WITHDRAWN, REPLACED])
@pytest.mark.parametrize(("decision", "arguments"), [(accept, ACCEPT), (decline, DECLINE)])
def test_an_offer_gets_one_answer_and_none_when_it_is_gone(end, decision, arguments):
    given(DOCUMENT, published(), end).when(decision, **arguments, now=IN_TIME).then_refused(InvalidTransition)


@pytest.mark.parametrize("kind", [REPORT, INVOICE])
def test_only_offers_get_an_answer(kind: DocumentKind):
    given(DOCUMENT, published(kind)).when(accept, **ACCEPT, now=IN_TIME).then_refused(InvalidTransition)
    given(DOCUMENT, published(kind)).when(decline, **DECLINE, now=IN_TIME).then_refused(InvalidTransition)


@pytest.mark.parametrize("before", [[published()], [published(), DECLINED], [published(REPORT)]])
def test_what_was_not_accepted_is_withdrawn_or_gives_way(before):
    given(DOCUMENT, *before).when(withdraw).then(WITHDRAWN)
    given(DOCUMENT, *before).when(give_way, to=NEXT, kind=before[0].kind).then(REPLACED)


@pytest.mark.parametrize("end", [ACCEPTED, WITHDRAWN, REPLACED])
def test_what_was_accepted_or_is_gone_is_neither_withdrawn_nor_replaced(end):
    given(DOCUMENT, published(), end).when(withdraw).then_refused(InvalidTransition)
    given(DOCUMENT, published(), end).when(give_way, to=NEXT, kind=OFFER).then_refused(InvalidTransition)


def test_a_document_gives_way_to_one_of_its_kind_only():
    refusal: PortalError = (
        given(DOCUMENT, published()).when(give_way, to=NEXT, kind=INVOICE).then_refused(ValidationFailed)
    )
    assert refusal.details["fields"].keys() == {"replaces"}


@pytest.mark.parametrize(
    ("events", "now", "status"),
    [
        ([published()], IN_TIME, DocumentStatus.OPEN),
        ([published()], TOO_LATE, DocumentStatus.EXPIRED),
        ([published(), ACCEPTED], TOO_LATE, DocumentStatus.ACCEPTED),
        ([published(), DECLINED], TOO_LATE, DocumentStatus.DECLINED),
        ([published(), WITHDRAWN], TOO_LATE, DocumentStatus.WITHDRAWN),
        ([published(), REPLACED], IN_TIME, DocumentStatus.REPLACED),
        ([published(INVOICE)], TOO_LATE, DocumentStatus.PUBLISHED),
    ],
)
def test_the_status_follows_from_what_happened_and_from_the_time(events, now, status):
    document = DOCUMENT.fold(events)
    assert document is not None
    assert document.status_at(now) is status
    assert document.is_gone == (status in (DocumentStatus.WITHDRAWN, DocumentStatus.REPLACED))


def test_an_event_before_the_first_makes_no_document():
    assert DOCUMENT.fold([WITHDRAWN, ACCEPTED]) is None
    assert ATTACHMENT.fold([WITHDRAWN]) is None


def test_an_attachment_keeps_whose_and_what_it_is():
    stored = AttachmentStored(
        attachment_id=NEXT,
        contact_id=CONTACT,
        filename="a.txt",
        media_type="text/plain",
        size=1,
        sha256="c" * 64,
    )
    attachment = ATTACHMENT.fold([stored])
    assert attachment is not None
    assert (attachment.contact_id, attachment.file) == (CONTACT, File("c" * 64, 1, "a.txt", "text/plain"))


@pytest.mark.parametrize(
    ("filename", "media_type", "expected"),
    [
        ("Foto.JPG", "image/jpeg", "Foto.JPG"),
        ("Foto", "image/png", "Foto.png"),
        ("start.bat", "text/plain", "start.bat.txt"),
        ("seite.html", "image/jpeg", "seite.html.jpg"),
        ("Bericht v1.2", "application/pdf", "Bericht v1.2.pdf"),
        ("IMG_0815.HEIC", "image/heic", "IMG_0815.HEIC"),
        ("IMG_0815.HEIC", "image/jpeg", "IMG_0815.jpg"),
        ("Keller.heif", "image/jpeg", "Keller.jpg"),
        ("heic", "image/jpeg", "heic.jpg"),
    ],
)
def test_a_name_ends_as_the_content_asks_for(filename: str, media_type: str, expected: str):
    assert named(filename, media_type) == expected


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_naming_a_file_twice_changes_nothing(media_type: str):
    assert named(named("x", media_type), media_type) == named("x", media_type) != "x"
