"""Making a document of an uploaded PDF, about something of the company's and maybe in another one's place."""

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from services.documents import domain, uploads
from services.documents.places import Places
from services.documents.surroundings import COMPANY, ORDER, SITE
from services.documents.tables import documents
from shared.contracts.documents import PDF, DocumentKind
from shared.contracts.errors import Conflict, NotFound
from shared.contracts.stream import StreamType
from shared.contracts.values import Money
from shared.eventlog.unit import Stream, Unit
from shared.files.location import Owner
from shared.files.store import FileStore

State = TypeVar("State")


def publish(
    log: Unit,
    store: FileStore,
    looking: Places,
    *,
    provider_id: UUID,
    company_id: UUID,
    kind: DocumentKind,
    number: str,
    title: str,
    sha256: str,
    filename: str,
    site_id: UUID | None,
    order_id: UUID | None,
    total: dict[str, Any] | None,
    valid_until: date | None,
    replaces: UUID | None,
    now: datetime,
) -> Stream[domain.Document]:
    """The new document. Raises NotFound, ValidationFailed, InvalidTransition, Conflict, Unavailable."""
    document_id = uuid7()
    log.stream(COMPANY, company_id)
    owner = Owner(provider_id, company_id)
    stream = log.new(domain.DOCUMENT, document_id, provider_id=provider_id, company_id=company_id)
    site = _of(log, company_id, SITE, site_id).state if site_id else None
    order = _of(log, company_id, ORDER, order_id).state if order_id else None
    if replaces:
        replaced = _of(log, company_id, domain.DOCUMENT, replaces)
        replaced.decide(domain.give_way, to=document_id, kind=kind)
    with looking.one():
        file = uploads.file(log, store, owner, sha256, filename=filename, media_type=PDF, blame="sha256")
    stream.create(
        domain.publish,
        document_id=document_id,
        kind=kind,
        number=number,
        title=title,
        file=file,
        site=site,
        order=order,
        total=Money(**total) if total else None,
        valid_until=valid_until,
        replaces=replaces,
        now=now,
    )
    _list(log, owner, document_id, kind=kind, number=number, location=owner.location(sha256))
    return stream


def _of(log: Unit, company_id: UUID, kind: StreamType[State], thing_id: UUID) -> Stream[State]:
    """What belongs to a company; another company's is as one that does not exist."""
    stream = log.stream(kind, thing_id)
    if stream.company_id != company_id:
        raise NotFound(kind.name)
    return stream


def _list(log: Unit, owner: Owner, document_id: UUID, **details: str) -> None:
    """Raises Conflict when the number is taken."""
    listed = log.connection.execute(
        insert(documents)
        .values(
            document_id=document_id, provider_id=owner.provider_id, company_id=owner.company_id, **details
        )
        .on_conflict_do_nothing(constraint="documents_number")
        .returning(documents.c.document_id)
    ).first()
    if not listed:
        raise Conflict(f"There is a document of this kind with the number {details['number']} already.")
