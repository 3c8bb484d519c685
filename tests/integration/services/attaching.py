"""Attachments of people who have no account in the tests, as the log would hold them."""

from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from services.requests.domain import ATTACHMENT
from shared.contracts.documents import AttachmentStored
from tests.integration.services.publishing import happened
from tests.support.scene import Customer


def attachment_of_a_colleague(engine: Engine, customer: Customer) -> str:
    """A file that another contact of the customer's company has stored; its id."""
    attachment_id = uuid7()
    stored = AttachmentStored(
        attachment_id=attachment_id,
        contact_id=uuid7(),
        filename="Größe des Öltanks.jpg",
        media_type="image/jpeg",
        size=48_213,
        sha256="9f" * 32,
    )
    happened(engine, customer, ATTACHMENT, attachment_id, stored)
    return str(attachment_id)
