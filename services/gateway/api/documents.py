"""A customer's documents with the answer to an offer, and the files that customers and staff read."""

from uuid import UUID

from flask import Response

from services.gateway import downloads, session, uploads
from services.gateway.api import identity
from services.gateway.api.answers import answered, done
from services.gateway.api.documentation import FILE_CONTENT, UPLOAD
from services.gateway.api.operation import Operation
from services.gateway.api.problems import idempotency
from services.gateway.api.resource import Resource
from shared.contracts import documents as contract
from shared.contracts import portal_read
from shared.contracts.declare import message
from shared.contracts.values import CallerKind
from shared.files.location import Owner

api = Resource("Documents", "Offers, service reports, invoices, attachments, and their files.")


@message
class AttachmentView:
    sha256: str
    filename: str
    media_type: str
    size: int


api.query(
    "/documents",
    "portal_read.documents",
    portal_read.ReadDocuments,
    portal_read.PortalDocumentPage,
    "Offers, service reports and invoices, newest first.",
)
api.query(
    "/documents/<uuid:document_id>",
    "portal_read.document",
    portal_read.ReadDocument,
    portal_read.PortalDocumentDetails,
    "One document.",
)
api.command(
    "POST",
    "/documents/<uuid:document_id>/accept",
    "documents.accept_offer",
    contract.AcceptOffer,
    summary="Accept an offer, naming the content that was read; another content is a conflict.",
)
api.command(
    "POST",
    "/documents/<uuid:document_id>/decline",
    "documents.decline_offer",
    contract.DeclineOffer,
    summary="Decline an offer.",
)


@api.operation(
    Operation(
        "GET",
        "/documents/<uuid:document_id>/file",
        "document_file",
        "A document's PDF.",
        arguments=contract.DocumentById,
        content=FILE_CONTENT,
    )
)
def document_file(document_id: UUID) -> Response:
    return downloads.file(session.call("documents", "file", document_id=document_id))


@api.operation(
    Operation(
        "POST",
        "/attachments",
        "store_attachment",
        "Store a file of at most 25 MiB for a request that is to be submitted.",
        answer=contract.AttachmentStoredResult,
        status=201,
        changes=True,
        repeatable=True,
        body=UPLOAD,
    )
)
def store_attachment() -> Response:
    caller = identity.confirmed(CallerKind.CUSTOMER)
    upload = uploads.receive(Owner(caller.provider, caller.company))
    stored = session.call(
        "documents",
        "store_attachment",
        filename=upload.filename,
        media_type=upload.media_type,
        size=upload.size,
        sha256=upload.sha256,
        timeout=uploads.TAKEN_IN_S,
        **idempotency(),
    )
    return done(stored, 201)


@api.operation(
    Operation(
        "GET",
        "/attachments/<uuid:attachment_id>",
        "attachment",
        "What is known of an attachment.",
        arguments=contract.AttachmentById,
        answer=AttachmentView,
    )
)
def attachment(attachment_id: UUID) -> Response:
    found = session.call("documents", "attachment", attachment_id=attachment_id)
    return answered({name: found[name] for name in AttachmentView.__annotations__})


@api.operation(
    Operation(
        "GET",
        "/attachments/<uuid:attachment_id>/file",
        "attachment_file",
        "An attachment's content.",
        arguments=contract.AttachmentById,
        content=FILE_CONTENT,
    )
)
def attachment_file(attachment_id: UUID) -> Response:
    return downloads.file(session.call("documents", "attachment", attachment_id=attachment_id))
