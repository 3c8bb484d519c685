"""RPC of `documents`: customers add attachments and answer offers, staff publish."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.documents import domain, erasing, files, publishing, queries, uploads
from services.documents.drawing import Drawing
from services.documents.files import File
from services.documents.looking import Looking
from services.documents.rewriting.agreed import BECOMES
from services.documents.surroundings import COMPANY
from services.documents.sweep import Sweeping
from services.documents.tables import attachments
from shared.contracts import documents as contract
from shared.contracts.customers import ContactErased
from shared.contracts.documents import DocumentKind
from shared.contracts.errors import NotFound, ValidationFailed
from shared.eventlog.unit import Stream, Unit
from shared.files.location import Owner
from shared.identity.caller import Caller
from shared.identity.tokens import now
from shared.messaging.call import Call
from shared.messaging.cloudevents import Received
from shared.messaging.process import Files
from shared.messaging.rpc import CUSTOMER, STAFF, command, query
from shared.messaging.subscription import subscribe


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
            file = uploads.file(
                self.log,
                self.files,
                owner,
                sha256,
                filename=filename,
                media_type=media_type,
                blame="media_type",
            )
            if file.size != size:
                raise ValidationFailed({"size": [f"The file has {file.size} bytes; upload it again."]})
        if media_type in BECOMES:
            with self.drawing.one(owner):
                file = uploads.anew(self.log, self.files, owner, file, remaining=self.call.remaining)
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

    def _answer(self, document_id: UUID, decision: Callable[..., Any], **details: Any) -> None:
        offer = self.log.stream(domain.DOCUMENT, document_id)
        offer.decide(decision, contact_id=self.caller.contact, now=now(), **details)

    def _publish(self, **details: Any) -> Stream[domain.Document]:
        return publishing.publish(
            self.log, self.files, self.looking, provider_id=self.caller.provider, **details, now=now()
        )


def _file_view(stream: Stream[Any], file: File) -> contract.FileView:
    assert stream.company_id is not None
    return contract.FileView(
        sha256=file.sha256,
        filename=file.filename,
        media_type=file.media_type,
        size=file.size,
        location=Owner(stream.provider_id, stream.company_id).location(file.sha256),
    )
