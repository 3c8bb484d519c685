"""Workers at work on a database, and ways to hold them up and to look at what they have done."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from services.portal_read.projection import PORTAL
from shared.eventlog.log import partition_count
from shared.projections.freshness import Freshness
from shared.projections.worker import Worker
from tests.support.waiting import wait_until

_WAITING = """
    SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
_INSERT = """
    WITH appended AS (
        UPDATE eventlog.partitions SET head = head + 1 WHERE partition = :partition RETURNING head
    )
    INSERT INTO eventlog.events
    SELECT :partition, head, gen_random_uuid(), 'site', gen_random_uuid(), 1, :type, :version, :provider,
           :company, CAST(:payload AS jsonb), gen_random_uuid(), gen_random_uuid(), '{}', NULL, now()
      FROM appended
"""


@contextmanager
def working(engine: Engine, owner: str = "one") -> Iterator[Worker]:
    """A worker that runs in a thread until the end of the block, and must end then."""
    worker = Worker(engine, PORTAL, Freshness(engine, PORTAL), owner=owner)
    thread = threading.Thread(target=worker.run, name=owner)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def held_up(engine: Engine) -> Iterator[Callable[[], None]]:
    """Lets nobody write companies, so that a worker waits there, within its transaction, to be let go."""
    with engine.connect() as connection:
        connection.execute(text("LOCK TABLE portal_read.companies IN ACCESS EXCLUSIVE MODE"))
        yield connection.rollback


def is_held_up(engine: Engine) -> int | None:
    """The database process of a worker that waits, if there is one."""
    return value(engine, _WAITING)


def take_over(engine: Engine, partition: int) -> None:
    """Have somebody else hold a partition from now on."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE portal_read.checkpoints SET owner = 'somebody else', fence = fence + 1,"
                " expires_at = now() + interval '1 hour' WHERE partition = :partition"
            ),
            {"partition": partition},
        )


def insert_misfit(
    engine: Engine, provider: UUID, company: UUID, misfit: tuple[str, dict[str, object], int]
) -> None:
    """Append an event to the company that can't be folded."""
    kind, payload, version = misfit
    partition = provider.int % partition_count(engine)
    parameters = {"partition": partition, "provider": provider, "company": company, "type": kind}
    with engine.begin() as connection:
        connection.execute(text(_INSERT), parameters | {"payload": json.dumps(payload), "version": version})


def provider_in(engine: Engine, partition: int) -> UUID:
    """The id of a new provider whose events lie in that partition."""
    count = partition_count(engine)
    return UUID(int=uuid7().int // count * count + partition)


def value(engine: Engine, statement: str, **parameters: Any) -> Any:
    """The first value that a query gives, or None."""
    with engine.connect() as connection:
        return connection.execute(text(statement), parameters).scalar()


def names(engine: Engine) -> list[str]:
    """The names of all projected companies."""
    with engine.connect() as connection:
        return list(
            connection.execute(text("SELECT name FROM portal_read.companies ORDER BY name")).scalars()
        )


def position(engine: Engine, partition: int) -> Any:
    return value(engine, "SELECT position FROM portal_read.checkpoints WHERE partition = :p", p=partition)


def owner_of(engine: Engine, partition: int) -> Any:
    return value(engine, "SELECT owner FROM portal_read.checkpoints WHERE partition = :p", p=partition)


def owners(engine: Engine) -> list[str | None]:
    """Who holds each partition."""
    return [owner_of(engine, partition) for partition in range(partition_count(engine))]


def until_projected(engine: Engine, *expected: str, timeout: float = 30) -> None:
    """Wait until exactly these companies are there."""
    wait_until(lambda: names(engine) == sorted(expected), what=f"{expected} are projected", timeout=timeout)
