"""A full rebuild: every owner's rows folded anew, one owner at a time, while the old ones are served."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, func, select, text, update

from shared.failpoints import reach
from shared.projections.build import Unfoldable
from shared.projections.enlisting import enlist, everybody_in_the_log, forget_all_but_the_last
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
    """Since when it goes on, how many owners there are, how many of them are done, with how many events, and
    how many failed.
    """

    since: datetime
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


def begin(engine: Engine, projection: Projection, *, anew: bool = False) -> UUID:
    """The rebuild that was not finished, what failed to be tried again, or a new one of all owners.

    Where `anew`, what an unfinished one has done doesn't count: the code that did it may have been wrong.
    """
    rebuilds, parts, owners = projection.rebuilds, projection.rebuild_owners, projection.owners
    unfinished = rebuilds.c.finished_at.is_(None)
    with engine.begin() as connection:
        found = connection.execute(select(rebuilds.c.rebuild_id).where(unfinished)).scalar()
        if found is not None and anew:
            connection.execute(delete(rebuilds).where(unfinished))
            # Of a version that is not built yet, not everybody has rows.
            return enlist(connection, projection, everybody_in_the_log())
        if found is not None:
            connection.execute(update(parts).where(parts.c.rebuild_id == found).values(error=None))
            return UUID(str(found))
        forget_all_but_the_last(connection, projection)
        return enlist(connection, projection, select(owners.c.owner_id, owners.c.provider_id))


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
    rebuilds, parts = projection.rebuilds, projection.rebuild_owners
    began = select(rebuilds.c.started_at).where(rebuilds.c.rebuild_id == rebuild_id)
    statement = select(
        began.scalar_subquery(),
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
