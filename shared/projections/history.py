"""One owner's events as they lie in the log, read quickly: for folding all of them at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from shared.database.statement import rows

CHUNK = 2_000
_COLUMNS = "SELECT position, type, schema_version, recorded_at::text, payload::text FROM eventlog.events"
_NEXT = "position > %(after)s AND position <= %(until)s ORDER BY position LIMIT %(limit)s"
_OF_COMPANY = "company_id = %(owner)s"
_OF_PROVIDER = "provider_id = %(owner)s AND company_id IS NULL"


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
    query = f"{_COLUMNS} WHERE {_of(owner)} AND {_NEXT}"
    while after < until:
        asked = {"owner": owner.id, "after": after, "until": until, "limit": CHUNK}
        chunk = [Entry(*row) for row in rows(connection, query, asked)]
        if chunk:
            yield chunk
        if len(chunk) < CHUNK:
            return
        after = chunk[-1].position


def count(connection: Connection, owner: Owner) -> int:
    """How many events the owner has."""
    query = f"SELECT count(*) FROM eventlog.events WHERE {_of(owner)}"
    [(found,)] = rows(connection, query, {"owner": owner.id})
    return int(found)


def _of(owner: Owner) -> str:
    return _OF_PROVIDER if owner.is_provider else _OF_COMPANY
