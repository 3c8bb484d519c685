"""The answers of commands are forgotten after a week, by one relay, in small batches."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from shared.eventlog.pruning import BATCH, Pruning, forget_commands
from tests.integration.eventlog.given import BOUND_S, at_once, eventually
from tests.integration.eventlog.relaying import relaying_to

OLD, YOUNG = "7 days 1 minute", "6 days 23 hours"
_KEEP = """
    INSERT INTO eventlog.commands (scope, command_id, digest, recorded_at)
    SELECT :age, CAST(number AS text), '', now() - CAST(CAST(:age AS text) AS interval)
      FROM generate_series(1, :count) AS number
"""


def keep(engine: Engine, count: int, age: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(_KEEP), {"count": count, "age": age})


def kept(engine: Engine, age: str) -> int:
    with engine.connect() as connection:
        statement = text("SELECT count(*) FROM eventlog.commands WHERE scope = :age")
        return connection.execute(statement, {"age": age}).scalar_one()


@contextmanager
def running(pruning: Pruning) -> Iterator[None]:
    stopping = threading.Event()
    thread = threading.Thread(target=pruning.run, args=[stopping])
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(BOUND_S)
    assert not thread.is_alive()


def test_commands_are_kept_for_a_week_and_then_forgotten(database: Engine):
    keep(database, 3, OLD)
    keep(database, 3, YOUNG)
    assert forget_commands(database) == 3
    assert (kept(database, OLD), kept(database, YOUNG)) == (0, 3)


def test_no_more_than_a_batch_is_forgotten_at_a_time(database: Engine):
    keep(database, 2 * BATCH + 1, OLD)
    assert [forget_commands(database) for _ in range(4)] == [BATCH, BATCH, 1, 0]


def test_several_at_once_do_it_together(database: Engine):
    keep(database, 3 * BATCH, OLD)
    keep(database, BATCH, YOUNG)
    while sum(at_once(4, lambda _: forget_commands(database))):
        pass
    assert (kept(database, OLD), kept(database, YOUNG)) == (0, BATCH)


def test_a_relay_forgets_all_that_is_old(database: Engine, amqp_uri: str):
    keep(database, BATCH + 1, OLD)
    with relaying_to(database, amqp_uri):
        eventually(lambda: kept(database, OLD) == 0)


def test_whoever_does_not_have_the_task_leaves_it_to_others(database: Engine):
    seen: list[int] = []

    def ours() -> bool:
        seen.append(kept(database, OLD))
        return len(seen) > 3

    keep(database, 5, OLD)
    with running(Pruning(database, ours, pause=0.01)):
        eventually(lambda: kept(database, OLD) == 0)
    assert seen[:4] == [5, 5, 5, 5]


def test_it_outlives_a_database_that_fails(database: Engine):
    asked = threading.Semaphore(0)

    def ours() -> bool:
        asked.release()
        return True

    keep(database, 5, OLD)
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE eventlog.commands RENAME TO gone"))
    with running(Pruning(database, ours, pause=0.01)):
        assert all(asked.acquire(timeout=BOUND_S) for _ in range(3))
        with database.begin() as connection:
            connection.execute(text("ALTER TABLE eventlog.gone RENAME TO commands"))
        eventually(lambda: kept(database, OLD) == 0)
