"""A full rebuild: every owner's rows folded anew, one owner at a time, while the old ones are served."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, Select, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from shared.eventlog.tables import events
from shared.failpoints import reach
from shared.projections.build import Unfoldable
from shared.projections.history import Owner
from shared.projections.projection import Projection
from shared.projections.renewal import Renewed, renew, renew_or_park

HANDS = 2
# How soon a slowed down rebuild notices that it is to stop.
REST_S = 0.2


class AlreadyRunning(Exception):
    """Another process is carrying out a rebuild of this projection."""


@dataclass(frozen=True)
class Progress:
    """How many owners there are, how many of them are done, with how many events, and how many failed."""

    owners: int
    done: int
    events: int
    failed: int


class Share(NamedTuple):
    """One worker's part of the owners: the `number`-th of `of`, at most `rate` events a second, 0 for any."""

    number: int
    of: int
    rate: float = 0.0


@contextmanager
def alone(engine: Engine, schema: str) -> Iterator[None]:
    """Be the only one who rebuilds, until the block ends or the process does. Raises AlreadyRunning."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = func.hashtextextended(f"rebuild {schema}", 0)
        if not connection.execute(select(func.pg_try_advisory_lock(key))).scalar():
            raise AlreadyRunning(f"A rebuild of {schema} is running already; wait for its end.")
        # The session that has the lock does nothing else, for hours maybe.
        connection.execute(text("SET idle_session_timeout = 0"))
        try:
            yield
        finally:
            connection.execute(text("RESET idle_session_timeout"))
            connection.execute(select(func.pg_advisory_unlock(key)))


def begin(engine: Engine, projection: Projection) -> UUID:
    """The rebuild that was not finished, what failed to be tried again, or a new one of all owners."""
    rebuilds, parts, owners = projection.rebuilds, projection.rebuild_owners, projection.owners
    with engine.begin() as connection:
        unfinished = select(rebuilds.c.rebuild_id).where(rebuilds.c.finished_at.is_(None))
        if (found := connection.execute(unfinished).scalar()) is not None:
            connection.execute(update(parts).where(parts.c.rebuild_id == found).values(error=None))
            return UUID(str(found))
        _forget_all_but_the_last(connection, projection)
        return enlist(connection, projection, select(owners.c.owner_id, owners.c.provider_id))


def _forget_all_but_the_last(connection: Connection, projection: Projection) -> None:
    """Each has a row an owner, and what an earlier one has done nobody asks for."""
    rebuilds = projection.rebuilds
    ended = rebuilds.c.finished_at.is_not(None)
    last = select(rebuilds.c.rebuild_id).where(ended).order_by(rebuilds.c.finished_at.desc()).limit(1)
    connection.execute(delete(rebuilds).where(ended, rebuilds.c.rebuild_id.not_in(last)))


def enlist(connection: Connection, projection: Projection, everybody: Select[Any]) -> UUID:
    """A new rebuild of those whose ids, and whose providers' ids, a statement selects."""
    rebuild_id, those = uuid7(), everybody.subquery()
    connection.execute(insert(projection.rebuilds).values(rebuild_id=rebuild_id))
    numbered = select(literal(rebuild_id), those, func.row_number().over())
    columns = ["rebuild_id", "owner_id", "provider_id", "share"]
    connection.execute(insert(projection.rebuild_owners).from_select(columns, numbered))
    return rebuild_id


def everybody_in_the_log() -> Select[Any]:
    """Whoever has an event, also those who have no rows."""
    owner = func.coalesce(events.c.company_id, events.c.provider_id)
    return select(owner.label("owner_id"), events.c.provider_id).distinct()


def work(
    engine: Engine,
    projection: Projection,
    rebuild_id: UUID,
    share: Share,
    stopping: Callable[[], bool],
    *,
    parking: bool = False,
) -> None:
    """Renew the owners of a share that are not done yet, until there are none or `stopping` says so.

    An owner who has an event that can't be folded fails and stays as it was or, where `parking`, gets what
    was before that event. Two are in hand at a time: while the database works for one, the other is folded.
    """
    pending = iter(_pending(engine, projection, rebuild_id, share))

    def work_through() -> None:
        for owner in pending:
            if stopping():
                return
            started = time.monotonic()
            events = _renew(engine, projection, rebuild_id, owner, parking)
            reach("rebuild.owner_done")
            if share.rate:
                _rest(started + events * share.of * HANDS / share.rate, stopping)

    with ThreadPoolExecutor(HANDS) as hands:
        for ended in [hands.submit(work_through) for _ in range(HANDS)]:
            ended.result()


def _rest(until: float, stopping: Callable[[], bool]) -> None:
    while not stopping() and (remaining := until - time.monotonic()) > 0:
        time.sleep(min(remaining, REST_S))


def progress(engine: Engine, projection: Projection, rebuild_id: UUID) -> Progress:
    """How far a rebuild is."""
    parts = projection.rebuild_owners
    statement = select(
        func.count(),
        func.count(parts.c.events),
        func.coalesce(func.sum(parts.c.events), 0),
        func.count(parts.c.error),
    ).where(parts.c.rebuild_id == rebuild_id)
    with engine.connect() as connection:
        return Progress(*connection.execute(statement).one())


def finish(engine: Engine, projection: Projection, rebuild_id: UUID) -> None:
    """Note that all owners were tried."""
    with engine.begin() as connection:
        note_finished(connection, projection, rebuild_id)


def note_finished(connection: Connection, projection: Projection, rebuild_id: UUID) -> None:
    """The same, in the caller's transaction."""
    rebuilds = projection.rebuilds
    ended = update(rebuilds).where(rebuilds.c.rebuild_id == rebuild_id)
    connection.execute(ended.values(finished_at=func.clock_timestamp()))


def failures(engine: Engine, projection: Projection, rebuild_id: UUID) -> list[tuple[UUID, str]]:
    """The owners that could not be rebuilt, each with the reason; they are served as they were."""
    parts = projection.rebuild_owners
    statement = select(parts.c.owner_id, parts.c.error).where(
        parts.c.rebuild_id == rebuild_id, parts.c.error.is_not(None)
    )
    with engine.connect() as connection:
        return [(row.owner_id, row.error) for row in connection.execute(statement)]


def _pending(engine: Engine, projection: Projection, rebuild_id: UUID, share: Share) -> list[Owner]:
    parts = projection.rebuild_owners
    statement = select(parts.c.owner_id, parts.c.provider_id).where(
        parts.c.rebuild_id == rebuild_id,
        parts.c.events.is_(None),
        parts.c.error.is_(None),
        parts.c.share % share.of == share.number,
    )
    with engine.connect() as connection:
        return [Owner(row.owner_id, row.provider_id) for row in connection.execute(statement)]


def _renew(engine: Engine, projection: Projection, rebuild_id: UUID, owner: Owner, parking: bool) -> int:
    """Renew one owner, and note that in the same transaction; the number of events."""

    def done(connection: Connection, renewed: Renewed) -> None:
        _note(connection, projection, rebuild_id, owner, events=renewed.events)

    carry_out = renew_or_park if parking else renew
    try:
        return carry_out(engine, projection, owner, finish=done, comparing=False).events
    except Unfoldable as error:
        with engine.begin() as connection:
            _note(connection, projection, rebuild_id, owner, error=str(error))
        return 0


def _note(
    connection: Connection, projection: Projection, rebuild_id: UUID, owner: Owner, **values: object
) -> None:
    parts = projection.rebuild_owners
    connection.execute(
        update(parts).where(parts.c.rebuild_id == rebuild_id, parts.c.owner_id == owner.id).values(**values)
    )
