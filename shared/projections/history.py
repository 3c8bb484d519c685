"""One owner's events as they lie in the log, read quickly: for folding all of them at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

CHUNK = 2_000
_COLUMNS = "SELECT position, type, schema_version, recorded_at::text, payload::text FROM eventlog.events"
_NEXT = "position > %s AND position <= %s ORDER BY position LIMIT %s"
_OF_COMPANY = f"{_COLUMNS} WHERE company_id = %s AND {_NEXT}"
_OF_PROVIDER = f"{_COLUMNS} WHERE provider_id = %s AND company_id IS NULL AND {_NEXT}"


@dataclass(frozen=True)
class Owner:
    """Whose rows: a company's, or a provider's own."""

    id: UUID
    provider_id: UUID

    @property
    def is_provider(self) -> bool:
        return self.id == self.provider_id

    @property
    def company_id(self) -> UUID | None:
        return None if self.is_provider else self.id


class Entry(NamedTuple):
    """An event; `recorded_at` and `payload` (JSON) are the database's own texts."""

    position: int
    type: str
    schema_version: int
    recorded_at: str
    payload: str


def read(connection: Connection, owner: Owner, *, after: int, until: int) -> Iterator[list[Entry]]:
    """The owner's events behind `after`, up to and with `until`, a few thousand at a time."""
    query = _OF_PROVIDER if owner.is_provider else _OF_COMPANY
    cursor = connection.connection.cursor()
    while after < until:
        cursor.execute(query, (owner.id, after, until, CHUNK))
        chunk = [Entry(*row) for row in cursor.fetchall()]
        if chunk:
            yield chunk
        if len(chunk) < CHUNK:
            return
        after = chunk[-1].position


def count(connection: Connection, owner: Owner) -> int:
    """How many events the owner has."""
    column = "provider_id = %s AND company_id IS NULL" if owner.is_provider else "company_id = %s"
    cursor = connection.connection.cursor()
    cursor.execute(f"SELECT count(*) FROM eventlog.events WHERE {column}", (owner.id,))
    return int(cursor.fetchall()[0][0])
