"""RPC of `documents`: customers add attachments and answer offers, staff publish."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from services.documents import content, domain, erasing, files, queries
from services.documents.drawing import Drawing
from services.documents.files import File
from services.documents.looking import Looking
from services.documents.rewriting.agreed import BECOMES
from services.documents.rewriting.apart import rewritten
from services.documents.surroundings import COMPANY, ORDER, SITE
from services.documents.sweep import Sweeping
from services.documents.tables import attachments, documents
from shared.contracts import documents as contract
from shared.contracts.customers import ContactErased
from shared.contracts.documents import FILE_BYTES, PDF, DocumentKind
from shared.contracts.errors import Conflict, NotFound, ValidationFailed
from shared.contracts.stream import StreamType
from shared.contracts.values import Money
from shared.eventlog.unit import Stream, Unit
from shared.files.location import Owner
from shared.files.store import FileStore
from shared.identity.caller import Caller
from shared.identity.tokens import now
from shared.messaging.call import Call
from shared.messaging.cloudevents import Received
from shared.messaging.process import Files
from shared.messaging.rpc import CUSTOMER, STAFF, command, query
from shared.messaging.subscription import subscribe

State = TypeVar("State")
_NOT_THERE = ["No such file; upload it again."]


class DocumentsService:
    """Files lie in the file store; an answer with a location lets its receiver read that one file."""

    name = "documents"

    log: Unit
    caller: Caller
    call: Call
    files: Any = Files()
    looking: Any = Looking()
    drawing: Any = Drawing()
    sweeping: Any = Sweeping()

    @command(contract.StoreAttachment, allow=[CUSTOMER])
    def store_attachment(
        self, filename: str, media_type: str, size: int, sha256: str
    ) -> contract.AttachmentStoredResult:
        """Make an attachment of a file that was uploaded for the caller's company.

        A picture or a film becomes one as it is written anew; what was uploaded is swept.
        Raises ValidationFailed, Unavailable.
        """
        attachment_id = uuid7()
        owner = Owner(self.caller.provider, self.caller.company)
        stream = self.log.new(
            files.ATTACHMENT, attachment_id, provider_id=owner.provider_id, company_id=owner.company_id
        )
        with self.looking.one():
            sent = self._uploaded(owner, sha256, filename=filename, media_type=media_type, blame="media_type")
            if sent.size != size:
                raise ValidationFailed({"size": [f"The file has {sent.size} bytes; upload it again."]})
        file = self._anew(owner, sent) if media_type in BECOMES else sent
        stream.create(files.store, attachment_id=attachment_id, contact_id=self.caller.contact, file=file)
        row = {"attachment_id": attachment_id, "location": owner.location(file.sha256)}
        self.log.connection.execute(attachments.insert().values(row))
        return contract.AttachmentStoredResult(attachment_id=attachment_id)

    @command(contract.Publish, allow=[STAFF])
    def publish(self, **details: Any) -> contract.DocumentPublishedResult:
        """Show a company an uploaded PDF; the document that it replaces is withdrawn at the same moment.

        Raises NotFound, ValidationFailed, InvalidTransition, Conflict, Unavailable.
        """
        return contract.DocumentPublishedResult(document_id=self._publish(**details).id)

    @query(contract.Publish, allow=[STAFF])
    def check_publish(self, **details: Any) -> contract.Publishable:
        """What `publish` would show, which a query does not commit. Raises what `publish` does."""
        file = self._publish(**details).state.file
        return contract.Publishable(filename=file.filename, size=file.size)

    @command(contract.AcceptOffer, allow=[CUSTOMER])
    def accept_offer(self, document_id: UUID, sha256: str) -> None:
        """Accept an offer with the content that was read.

        Raises NotFound, InvalidTransition, Conflict when `sha256` is another content's.
        """
        self._answer(document_id, domain.accept, sha256=sha256)

    @command(contract.DeclineOffer, allow=[CUSTOMER])
    def decline_offer(self, document_id: UUID, reason: str | None) -> None:
        """Decline an offer. Raises NotFound, InvalidTransition, Conflict."""
        self._answer(document_id, domain.decline, reason=reason)

    @command(contract.DocumentById, allow=[STAFF])
    def withdraw(self, document_id: UUID) -> None:
        """Take a document back. Raises NotFound, InvalidTransition, Conflict."""
        self.log.stream(domain.DOCUMENT, document_id).decide(domain.withdraw)

    @query(contract.DocumentById, allow=[CUSTOMER, STAFF])
    def file(self, document_id: UUID) -> contract.FileView:
        """Where a document's file lies; for customers only while it is not taken back. Raises NotFound."""
        stream = self.log.stream(domain.DOCUMENT, document_id)
        if stream.state.is_gone and self.caller.kind is CUSTOMER:
            raise NotFound(domain.DOCUMENT.name)
        return _file_view(stream, stream.state.file)

    @query(contract.AttachmentById, allow=[CUSTOMER, STAFF])
    def attachment(self, attachment_id: UUID) -> contract.FileView:
        """Where an attachment's file lies. Raises NotFound, also once who stored it is erased."""
        stream = self.log.stream(files.ATTACHMENT, attachment_id)
        if not queries.is_attachment(self.log, attachment_id):
            raise NotFound(files.ATTACHMENT.name)
        return _file_view(stream, stream.state.file)

    @query(contract.ListDocuments, allow=[CUSTOMER, STAFF])
    def documents(
        self, company_id: UUID | None, kind: DocumentKind | None, cursor: str | None
    ) -> contract.DocumentPage:
        """The documents of the caller's company or, for staff, of one or all; newest first.

        Raises NotFound for another's company.
        """
        if company_id:
            self.log.stream(COMPANY, company_id)
        return queries.page(
            self.log,
            provider_id=self.caller.provider,
            company_id=company_id or self.caller.company_id,
            kind=kind,
            cursor=cursor,
            now=now(),
        )

    @query(contract.DocumentById, allow=[CUSTOMER, STAFF])
    def document(self, document_id: UUID) -> contract.DocumentView:
        """One document. Raises NotFound."""
        views = queries.views(self.log, [document_id], now=now())
        if not views:
            raise NotFound(domain.DOCUMENT.name)
        return views[0]

    @subscribe(ContactErased)
    def contact_was_erased(self, event: ContactErased, received: Received) -> None:  # noqa: ARG002
        """Delete what the person has sent along. Raises Unavailable."""
        erasing.erase(self.log, self.files, event.company_id, event.contact_id)

    def _of(self, company_id: UUID, kind: StreamType[State], thing_id: UUID) -> Stream[State]:
        """What belongs to a company; another company's is as one that does not exist."""
        stream = self.log.stream(kind, thing_id)
        if stream.company_id != company_id:
            raise NotFound(kind.name)
        return stream

    def _answer(self, document_id: UUID, decision: Callable[..., Any], **details: Any) -> None:
        offer = self.log.stream(domain.DOCUMENT, document_id)
        offer.decide(decision, contact_id=self.caller.contact, now=now(), **details)

    def _uploaded(self, owner: Owner, sha256: str, *, filename: str, media_type: str, blame: str) -> File:
        """The file that lies in the store; held until the commit, so that it is not swept in between.

        Raises ValidationFailed, at the field `blame` when the content is not of the media type.
        """
        store: FileStore = self.files
        location = owner.location(sha256)
        self.log.hold(f"file {location}", shared=True)
        try:
            if store.size(location) > FILE_BYTES:
                raise ValidationFailed({"sha256": ["The file is too large."]})
            seen = content.read(store.chunks(location))
        except NotFound:
            raise ValidationFailed({"sha256": _NOT_THERE}) from None
        if seen.sha256 != sha256:
            raise ValidationFailed({"sha256": _NOT_THERE})
        if not content.is_what_it_claims(seen, media_type):
            raise ValidationFailed({blame: [f"The content is no {media_type}, or not that alone."]})
        return File(sha256, seen.size, files.named(filename, media_type), media_type)

    def _anew(self, owner: Owner, sent: File) -> File:
        """The file that is written anew from what was sent; put beside it, and judged as everything there.

        Raises ValidationFailed, Unavailable.
        """
        store: FileStore = self.files
        chunks = store.chunks(owner.location(sent.sha256))
        media_type = BECOMES[sent.media_type]
        with self.drawing.one(owner):
            with rewritten(chunks, sent.media_type, remaining=self.call.remaining) as anew:
                sha256 = store.put(owner, anew, limit=FILE_BYTES).sha256
            return self._uploaded(
                owner, sha256, filename=sent.filename, media_type=media_type, blame="media_type"
            )

    def _publish(
        self,
        *,
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
    ) -> Stream[domain.Document]:
        document_id = uuid7()
        self.log.stream(COMPANY, company_id)
        owner = Owner(self.caller.provider, company_id)
        stream = self.log.new(
            domain.DOCUMENT, document_id, provider_id=owner.provider_id, company_id=company_id
        )
        site = self._of(company_id, SITE, site_id).state if site_id else None
        order = self._of(company_id, ORDER, order_id).state if order_id else None
        if replaces:
            replaced = self._of(company_id, domain.DOCUMENT, replaces)
            replaced.decide(domain.give_way, to=document_id, kind=kind)
        with self.looking.one():
            file = self._uploaded(owner, sha256, filename=filename, media_type=PDF, blame="sha256")
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
            now=now(),
        )
        self._list(owner, document_id, kind=kind, number=number, location=owner.location(sha256))
        return stream

    def _list(self, owner: Owner, document_id: UUID, **details: str) -> None:
        """Raises Conflict when the number is taken."""
        listed = self.log.connection.execute(
            insert(documents)
            .values(
                document_id=document_id,
                provider_id=owner.provider_id,
                company_id=owner.company_id,
                **details,
            )
            .on_conflict_do_nothing(constraint="documents_number")
            .returning(documents.c.document_id)
        ).first()
        if not listed:
            raise Conflict(f"There is a document of this kind with the number {details['number']} already.")


def _file_view(stream: Stream[Any], file: File) -> contract.FileView:
    assert stream.company_id is not None
    return contract.FileView(
        sha256=file.sha256,
        filename=file.filename,
        media_type=file.media_type,
        size=file.size,
        location=Owner(stream.provider_id, stream.company_id).location(file.sha256),
    )
