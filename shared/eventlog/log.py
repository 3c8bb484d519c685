"""Appending to the log and reading from it, within a connection that the caller holds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from shared.contracts.codec import to_plain
from shared.contracts.declare import Event
from shared.contracts.errors import Conflict
from shared.contracts.position import Position
from shared.contracts.schema import check
from shared.database.statement import rows
from shared.eventlog import privacy, subject_keys
from shared.eventlog.recorded import Recorded
from shared.eventlog.tables import events, partitions
from shared.tracing import spans
from shared.tracing.spans import EventKey

# How often keys may have been changed by others while events were sealed with them.
_ATTEMPTS = 3
# The database's own function appends, since no service may write to the log, or move a counter, by itself.
_APPEND = f"""
SELECT eventlog.append(%(partition)s::smallint, %(events)s::json) WHERE {subject_keys.ALL_IN_USE}
"""

_HEAD = "SELECT head FROM eventlog.partitions WHERE partition = %(partition)s"
_HEADS = "SELECT partition, head FROM eventlog.partitions ORDER BY partition"
_EVENTS = f"SELECT {', '.join(events.c.keys())}, {subject_keys.KEYS_OF_EVENT} FROM eventlog.events"
_STREAM = f"{_EVENTS} WHERE stream_id = %(stream_id)s AND stream_type = %(stream_type)s ORDER BY version"
_STREAMS = f"""
{_EVENTS} WHERE stream_id = ANY(%(stream_ids)s) AND stream_type = %(stream_type)s ORDER BY stream_id, version
"""
_NEXT = f"""
SELECT e.*
  FROM unnest(%(partitions)s::int[], %(after)s::bigint[]) AS behind (partition, after),
       LATERAL ({_EVENTS} AS e
                 WHERE e.partition = behind.partition AND e.position > behind.after
                 ORDER BY e.position LIMIT %(limit)s) AS e
"""


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

    Personal data is sealed. Returns the position of the last event. Raises VersionConflict, ValidationFailed,
    MasterKeyMissing.
    """
    if any(item.provider_id != new[0].provider_id for item in new):
        raise ValueError("one append is for the streams of one provider, which share a partition")
    partition = partition_of(connection.engine, new[0].provider_id)
    began = spans.clock()
    appended = [_row(origin, item) for item in new]
    for _ in range(_ATTEMPTS):
        sealed, keys = privacy.seal(connection, appended)
        position = _append(connection, partition, sealed, keys)
        if position is not None:
            told = (EventKey(row["event_id"], row["type"], row["correlation_id"]) for row in appended)
            spans.appended(told, began=began)
            return Position(partition, position)
        subject_keys.forget(connection, keys)
    raise VersionConflict


def _append(
    connection: Connection, partition: int, appended: Sequence[dict[str, Any]], keys: subject_keys.Keys
) -> int | None:
    """The last position, or None, and nothing appended, when a key is not the person's any more."""
    parameters = {
        "partition": partition,
        # As JSON: psycopg would take longer over an array than the server takes over this.
        "events": orjson.dumps(appended).decode(),
        "keys": orjson.dumps(keys).decode(),
    }
    try:
        return next((position for (position,) in rows(connection, _APPEND, parameters)), None)
    except IntegrityError as error:
        if (
            isinstance(error.orig, UniqueViolation)
            and error.orig.diag.constraint_name == "events_stream_version"
        ):
            raise VersionConflict from error
        raise


def load(connection: Connection, stream_id: UUID, stream_type: str) -> list[Recorded]:
    """The events of one stream, in order; empty when there is none of that type."""
    found = rows(connection, _STREAM, {"stream_id": stream_id, "stream_type": stream_type})
    return privacy.recorded(connection, found)


def load_many(
    connection: Connection, stream_ids: Iterable[UUID], stream_type: str
) -> dict[UUID, list[Recorded]]:
    """The events of several streams, each in order."""
    found = rows(connection, _STREAMS, {"stream_ids": list(stream_ids), "stream_type": stream_type})
    streams: dict[UUID, list[Recorded]] = {}
    for recorded in privacy.recorded(connection, found):
        streams.setdefault(recorded.stream_id, []).append(recorded)
    return streams


def read(connection: Connection, partition: int, *, after: int, limit: int) -> list[Recorded]:
    """The next events of a partition behind the position `after`, without a gap."""
    return read_next(connection, [Position(partition, after)], limit=limit)


def read_next(connection: Connection, after: Sequence[Position], *, limit: int) -> list[Recorded]:
    """The next events of several partitions, each in order, up to `limit` of each."""
    asked = {
        "partitions": [at.partition for at in after],
        "after": [at.position for at in after],
        "limit": limit,
    }
    return privacy.recorded(connection, rows(connection, _NEXT, asked))


def read_company(connection: Connection, company_id: UUID, *, after: int = 0, limit: int) -> list[Recorded]:
    """The next events of one company behind the position `after` of its partition."""
    of_company = privacy.SELECTED.where(events.c.company_id == company_id, events.c.position > after)
    return privacy.read(connection, of_company.order_by(events.c.position).limit(limit))


def company_history(connection: Connection, company_id: UUID, *, at_once: int = 1_000) -> Iterator[Recorded]:
    """All events of one company in order, of which no more than `at_once` are held at a time."""
    after = 0
    while found := read_company(connection, company_id, after=after, limit=at_once):
        yield from found
        after = found[-1].position


def read_provider(connection: Connection, provider_id: UUID) -> list[Recorded]:
    """All events of a provider's own, not of its companies, in order: there are few."""
    own = privacy.SELECTED.where(
        events.c.partition == partition_of(connection.engine, provider_id),
        events.c.provider_id == provider_id,
        events.c.company_id.is_(None),
    )
    return privacy.read(connection, own.order_by(events.c.position))


def head(connection: Connection, partition: int) -> Position:
    """The position of the last event of a partition."""
    [(position,)] = rows(connection, _HEAD, {"partition": partition})
    return Position(partition, position)


def heads(connection: Connection) -> Iterator[Position]:
    """The position of the last event of every partition."""
    for partition, position in rows(connection, _HEADS, {}):
        yield Position(partition, position)


def partition_of(engine: Engine, provider_id: UUID) -> int:
    """The partition that holds all events of a provider."""
    return provider_id.int % partition_count(engine)


@cache
def partition_count(engine: Engine) -> int:
    """How many partitions the log was created with."""
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(partitions)).scalar_one()


def _row(origin: Origin, new: New) -> dict[str, Any]:
    payload = to_plain(new.event)
    check(new.event, payload)
    return {
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
