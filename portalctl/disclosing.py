"""Puts a person's own data together for an operator, who hands it to them."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from portalctl.erasure_plan import Contact
from services.documents.tables import attachments
from services.invitation.tables import accounts, sessions
from shared.contracts.codec import to_plain
from shared.contracts.errors import NotFound
from shared.disclosure.disclosure import COVER, DATA, FILES, Attachment, Disclosure
from shared.disclosure.entries import entry_of
from shared.eventlog.traces import traces
from shared.files.store import FileStore
from shared.identity.tokens import now


def disclose(engine: Engine, contact: Contact) -> Disclosure:
    """All that the portal holds of a contact."""
    of_contact = accounts.c.contact_id == contact.id
    signed_in = (
        select(sessions.c.started_at, sessions.c.used_at)
        .join(accounts, accounts.c.account_id == sessions.c.account_id)
        .where(of_contact)
        .order_by(sessions.c.started_at)
    )
    with engine.connect() as connection:
        entries = [
            to_plain(entry_of(trace.recorded)) for trace in traces(connection, contact.company_id, contact.id)
        ]
        found = [
            to_plain({"started_at": row.started_at, "used_at": row.used_at})
            for row in connection.execute(signed_in)
        ]
    return Disclosure(str(contact.id), now(), entries, found)


def write(engine: Engine, files: FileStore, disclosure: Disclosure, folder: Path) -> int:
    """Write it into a folder that is empty; how many files of the person there are. Raises Unavailable."""
    (folder / COVER).write_bytes(disclosure.cover())
    (folder / DATA).write_bytes(disclosure.data())
    (folder / FILES).mkdir()
    return sum(_copied(engine, files, each, folder) for each in disclosure.attachments)


def _copied(engine: Engine, files: FileStore, attachment: Attachment, folder: Path) -> bool:
    location = select(attachments.c.location).where(attachments.c.attachment_id == attachment.id)
    with engine.connect() as connection:
        found: Any = connection.execute(location).scalar_one_or_none()
    if found is None:
        return False
    try:
        with (folder / attachment.name).open("wb") as out:
            out.writelines(files.chunks(found))
    except NotFound:
        (folder / attachment.name).unlink()
        return False
    return True
