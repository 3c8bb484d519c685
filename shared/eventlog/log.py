"""Appending to the log and reading from it, within a connection that the caller holds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, Engine, bindparam, func, select
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from shared.contracts.codec import to_plain
from shared.contracts.declare import Event
from shared.contracts.errors import Conflict
from shared.contracts.position import Position
from shared.contracts.schema import load as validate
from shared.eventlog.recorded import Recorded
from shared.eventlog.tables import events, partitions

# The counter row is taken in the last statement of the transaction: it is locked for no longer than the
# commit needs, and whoever waits for it commits, and becomes visible, after whoever holds it.
_APPEND = """
WITH appended AS (
    UPDATE eventlog.partitions
       SET head = head + %(count)s
     WHERE partition = %(partition)s
 RETURNING head - %(count)s AS before
)
INSERT INTO eventlog.events (
       partition, position, event_id, stream_type, stream_id, version, type, schema_version, provider_id,
       company_id, payload, correlation_id, causation_id, actor, command_id, recorded_at)
SELECT %(partition)s, appended.before + e.ordinal, e.event_id, e.stream_type, e.stream_id, e.version, e.type,
       e.schema_version, e.provider_id, e.company_id, e.payload, e.correlation_id, e.causation_id, e.actor,
       e.command_id, clock_timestamp()
  FROM appended,
       json_to_recordset(%(events)s::json) AS e (
           ordinal integer, event_id uuid, stream_type text, stream_id uuid, version integer, type text,
           schema_version smallint, provider_id uuid, company_id uuid, payload jsonb, correlation_id uuid,
           causation_id uuid, actor jsonb, command_id text)
RETURNING position
"""

# Built once: building it costs as much client time as sending it.
_STREAM = (
    select(events)
    .where(events.c.stream_id == bindparam("stream_id"), events.c.stream_type == bindparam("stream_type"))
    .order_by(events.c.version)
)


class VersionConflict(Conflict):
    """Another writer has appended this version to the stream first; reload and decide again."""

    def __init__(self) -> None:
        super().__init__("Someone else changed this at the same moment; look at it again and repeat.")


@dataclass(frozen=True)
class Origin:
    """Where events come from: the chain of causes, who acted, and by which command."""

    correlation_id: UUID
    causation_id: UUID
    actor: dict[str, Any]
    command_id: str | None = None


@dataclass(frozen=True)
class New:
    """An event to append as `version` of a stream."""

    stream_type: str
    stream_id: UUID
    version: int
    provider_id: UUID
    company_id: UUID | None
    event: Event


def append(connection: Connection, origin: Origin, new: Sequence[New]) -> Position:
    """Append events of one provider, as the last statement before the commit.

    Returns the position of the last one. Raises VersionConflict, ValidationFailed.
    """
    if any(item.provider_id != new[0].provider_id for item in new):
        raise ValueError("one append is for the streams of one provider, which share a partition")
    partition = partition_of(connection.engine, new[0].provider_id)
    rows = [_row(origin, ordinal, item) for ordinal, item in enumerate(new, start=1)]
    parameters = {"count": len(rows), "partition": partition, "events": orjson.dumps(rows).decode()}
    try:
        positions = connection.exec_driver_sql(_APPEND, parameters).scalars().all()
    except IntegrityError as error:
        if (
            isinstance(error.orig, UniqueViolation)
            and error.orig.diag.constraint_name == "events_stream_version"
        ):
            raise VersionConflict from error
        raise
    return Position(partition, max(positions))


def load(connection: Connection, stream_id: UUID, stream_type: str) -> list[Recorded]:
    """The events of one stream, in order; empty when there is none of that type."""
    rows = connection.execute(_STREAM, {"stream_id": stream_id, "stream_type": stream_type})
    return [Recorded(*row) for row in rows]


def load_many(
    connection: Connection, stream_ids: Iterable[UUID], stream_type: str
) -> dict[UUID, list[Recorded]]:
    """The events of several streams, each in order."""
    rows = connection.execute(
        select(events)
        .where(events.c.stream_id.in_(list(stream_ids)), events.c.stream_type == stream_type)
        .order_by(events.c.stream_id, events.c.version)
    )
    streams: dict[UUID, list[Recorded]] = {}
    for row in rows:
        streams.setdefault(row.stream_id, []).append(Recorded(*row))
    return streams


def read(connection: Connection, partition: int, *, after: int, limit: int) -> list[Recorded]:
    """The next events of a partition behind the position `after`, without a gap."""
    rows = connection.execute(
        select(events)
        .where(events.c.partition == partition, events.c.position > after)
        .order_by(events.c.position)
        .limit(limit)
    )
    return [Recorded(*row) for row in rows]


def read_company(connection: Connection, company_id: UUID, *, after: int = 0, limit: int) -> list[Recorded]:
    """The next events of one company behind the position `after` of its partition."""
    rows = connection.execute(
        select(events)
        .where(events.c.company_id == company_id, events.c.position > after)
        .order_by(events.c.position)
        .limit(limit)
    )
    return [Recorded(*row) for row in rows]


def head(connection: Connection, partition: int) -> Position:
    """The position of the last event of a partition."""
    statement = select(partitions.c.head).where(partitions.c.partition == partition)
    return Position(partition, connection.execute(statement).scalar_one())


def heads(connection: Connection) -> Iterator[Position]:
    """The position of the last event of every partition."""
    for row in connection.execute(select(partitions).order_by(partitions.c.partition)):
        yield Position(row.partition, row.head)


def partition_of(engine: Engine, provider_id: UUID) -> int:
    """The partition that holds all events of a provider."""
    return provider_id.int % partition_count(engine)


@cache
def partition_count(engine: Engine) -> int:
    """How many partitions the log was created with."""
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(partitions)).scalar_one()


def _row(origin: Origin, ordinal: int, new: New) -> dict[str, Any]:
    payload = to_plain(new.event)
    validate(type(new.event), payload)
    return {
        "ordinal": ordinal,
        "event_id": uuid7(),
        "stream_type": new.stream_type,
        "stream_id": new.stream_id,
        "version": new.version,
        "type": new.event.type,
        "schema_version": new.event.schema_version,
        "provider_id": new.provider_id,
        "company_id": new.company_id,
        "payload": payload,
        "correlation_id": origin.correlation_id,
        "causation_id": origin.causation_id,
        "actor": origin.actor,
        "command_id": origin.command_id,
    }
