"""Reads the log for people and for replays: by type, company and place, in the order of each partition."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Select, func, select

from shared.contracts.position import Position
from shared.eventlog import log, privacy
from shared.eventlog.recorded import Recorded
from shared.eventlog.tables import events

CHUNK = 1_000


@dataclass(frozen=True)
class Selection:
    """Which events: of a type, of a company, and from a place in one partition on; without them, all."""

    type: str | None = None
    company_id: UUID | None = None
    first: Position | None = None

    def partitions(self, engine: Engine) -> list[int]:
        """The partitions that it concerns."""
        return [self.first.partition] if self.first else list(range(log.partition_count(engine)))

    def narrow(self, statement: Select[Any]) -> Select[Any]:
        """The statement over the events, for those of the selection alone."""
        if self.type is not None:
            statement = statement.where(events.c.type == self.type)
        if self.company_id is not None:
            statement = statement.where(events.c.company_id == self.company_id)
        return statement


def each(engine: Engine, selection: Selection, partition: int, *, until: int) -> Iterator[Recorded]:
    """The selected events of a partition, in order, up to and with the position `until`."""
    after = selection.first.position - 1 if selection.first else 0
    while after < until:
        with engine.connect() as connection:
            chunk = _chunk(connection, selection, partition, after, until)
        yield from chunk
        if len(chunk) < CHUNK:
            return
        after = chunk[-1].position


def latest(engine: Engine, selection: Selection, count: int) -> list[Recorded]:
    """The last selected events of all partitions, the newest at the end."""
    newest = selection.narrow(privacy.SELECTED).order_by(events.c.position.desc()).limit(count)
    with engine.connect() as connection:
        found = [
            recorded
            for partition in selection.partitions(engine)
            for recorded in privacy.read(connection, newest.where(events.c.partition == partition))
        ]
    return sorted(found, key=lambda recorded: recorded.recorded_at)[-count:] if count else []


def find(engine: Engine, event_id: UUID) -> Recorded | None:
    """The event with this id."""
    with engine.connect() as connection:
        return find_in(connection, event_id)


def find_in(connection: Connection, event_id: UUID) -> Recorded | None:
    """The same, as a transaction sees it."""
    return next(iter(privacy.read(connection, privacy.SELECTED.where(events.c.event_id == event_id))), None)


def count(engine: Engine, selection: Selection) -> int:
    """How many events are selected."""
    statement = selection.narrow(select(func.count()).select_from(events))
    if selection.first:
        statement = statement.where(
            events.c.partition == selection.first.partition, events.c.position >= selection.first.position
        )
    with engine.connect() as connection:
        return int(connection.execute(statement).scalar_one())


def _chunk(
    connection: Connection, selection: Selection, partition: int, after: int, until: int
) -> list[Recorded]:
    place = (events.c.partition == partition, events.c.position > after, events.c.position <= until)
    statement = selection.narrow(privacy.SELECTED).where(*place).order_by(events.c.position).limit(CHUNK)
    return privacy.read(connection, statement)
