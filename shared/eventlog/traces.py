"""What the log holds of one person: the events that say something of theirs, or name them."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from shared.contracts.declare import EVENTS, SEALED
from shared.eventlog import privacy
from shared.eventlog.recorded import Recorded
from shared.eventlog.tables import events

CHUNK = 1_000


@dataclass(frozen=True)
class Trace:
    """`personal` are the person's fields; `sealed` is false for what was recorded in the clear."""

    recorded: Recorded
    personal: tuple[str, ...]
    sealed: bool


def traces(connection: Connection, company_id: UUID, person: UUID, *, after: int = 0) -> Iterator[Trace]:
    """The events of a person's company that name the person, behind a position, in order.

    They are there also once the person is erased.
    """
    statement = privacy.SELECTED.where(events.c.company_id == company_id)
    while True:
        chunk = statement.where(events.c.position > after).order_by(events.c.position).limit(CHUNK)
        rows = connection.execute(chunk).all()
        sealed = [str(person) in row.payload.get(SEALED, ()) for row in rows]
        for recorded, is_sealed in zip(privacy.recorded(connection, rows), sealed, strict=True):
            if is_sealed or str(person) in recorded.payload.values():
                yield Trace(recorded, _personal(recorded, str(person)), is_sealed)
        if len(rows) < CHUNK:
            return
        after = rows[-1].position


def _personal(recorded: Recorded, person: str) -> tuple[str, ...]:
    declared = EVENTS.get(recorded.type)
    fields = declared.personal.items() if declared else ()
    return tuple(name for name, subject in fields if recorded.payload.get(subject) == person)
