"""Which files attachments and documents refer to, and the lock under which that stays so."""

from collections.abc import Collection

from sqlalchemy import Connection, select, text, union_all

from services.documents.tables import attachments, documents
from shared.eventlog.unit import Unit


def hold_to_refer(log: Unit, location: str) -> None:
    """Have nobody delete a file until the commit."""
    log.hold(_lock(location), shared=True)


def hold_to_delete(log: Unit, location: str) -> None:
    """Have nobody begin to refer to a file until the commit, however slow the store is that deletes it."""
    log.connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    log.hold(_lock(location))


def referenced(connection: Connection, locations: Collection[str]) -> set[str]:
    """Those of the files that something refers to."""
    found = union_all(
        *(select(each.c.location).where(each.c.location.in_(locations)) for each in (attachments, documents))
    )
    return set(connection.execute(found).scalars())


def everything(connection: Connection) -> set[str]:
    """All files that something refers to."""
    found = union_all(*(select(each.c.location) for each in (attachments, documents)))
    return set(connection.execute(found).scalars())


def _lock(location: str) -> str:
    return f"file {location}"
