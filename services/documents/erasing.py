"""Erases a person's attachments: rows, and files of which nobody else has the same content."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import delete, select

from services.documents import references
from services.documents.tables import attachments
from shared.contracts.documents import AttachmentStored
from shared.eventlog.log import company_history
from shared.eventlog.unit import Unit
from shared.files.store import FileStore


def erase(log: Unit, files: FileStore, company_id: UUID, contact_id: UUID) -> None:
    """Bears repetition: a file that is gone is no error. Raises Unavailable."""
    for attachment_id in _stored_by(log, company_id, contact_id):
        row = attachments.c.attachment_id == attachment_id
        location = log.connection.execute(select(attachments.c.location).where(row)).scalar_one_or_none()
        if location is None:
            continue
        references.hold_to_delete(log, location)
        log.connection.execute(delete(attachments).where(row))
        if not references.referenced(log.connection, [location]):
            files.delete(location)


def _stored_by(log: Unit, company_id: UUID, contact_id: UUID) -> Iterator[UUID]:
    for each in company_history(log.connection, company_id):
        if each.type == AttachmentStored.type and each.payload["contact_id"] == str(contact_id):
            yield each.stream_id
