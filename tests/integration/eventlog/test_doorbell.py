"""The doorbell wakes whoever listens, and nobody waits for it."""

import queue
import threading
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text

from shared.database.engine import connect
from shared.eventlog.doorbell import CHANNEL, Doorbell, listen
from tests.integration.eventlog.given import BOUND_S, eventually


@pytest.fixture
def heard(database: Engine) -> Iterator[queue.Queue[set[int]]]:
    """What a listener hears, from when it listens for sure; it ends with the test's database session."""
    rings: queue.Queue[set[int]] = queue.Queue()

    def follow() -> None:
        try:
            for partitions in listen(database, timeout=BOUND_S):
                rings.put(partitions)
        except psycopg.OperationalError:
            return

    thread = threading.Thread(target=follow)
    thread.start()
    assert rings.get(timeout=BOUND_S) == set()
    yield rings
    hang_up(database)
    thread.join(BOUND_S)
    assert not thread.is_alive()


def listeners(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(
            connection.execute(
                text(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                    " AND application_name = :name AND state = 'idle' AND query LIKE 'LISTEN%'"
                ),
                {"name": f"listen {CHANNEL}"},
            ).scalars()
        )


def hang_up(engine: Engine) -> None:
    with engine.connect() as connection:
        for pid in listeners(engine):
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


def collect(rings: queue.Queue[set[int]], wanted: set[int]) -> set[int]:
    """Listen until every wanted partition was heard of."""
    heard: set[int] = set()
    while not wanted <= heard:
        heard |= rings.get(timeout=BOUND_S)
    return heard


def test_a_ring_wakes_a_listener(database: Engine, heard):
    Doorbell(database).ring(3)
    assert heard.get(timeout=BOUND_S) == {3}


def test_many_rings_together_name_every_partition(database: Engine, heard):
    bell = Doorbell(database)
    for partition in [0, 1, 2, 3, 4, 5, 6, 7] * 20:
        bell.ring(partition)
    assert collect(heard, set(range(8))) == set(range(8))


def test_rings_of_several_processes_are_all_heard(database: Engine, heard):
    for partition in (1, 4, 6):
        Doorbell(database).ring(partition)
    assert collect(heard, {1, 4, 6}) == {1, 4, 6}


def test_a_bell_rings_again_after_a_pause(database: Engine, heard):
    bell = Doorbell(database)
    for partition in (1, 2, 1):
        bell.ring(partition)
        assert heard.get(timeout=BOUND_S) == {partition}


def test_another_channel_is_not_heard(database: Engine, heard):
    Doorbell(database, "elsewhere").ring(5)
    Doorbell(database).ring(3)
    assert heard.get(timeout=BOUND_S) == {3}


def test_a_listener_goes_round_at_its_start_and_without_news_so_that_it_can_look_for_itself(database: Engine):
    news = listen(database, timeout=0.01)
    assert [next(news) for _ in range(3)] == [set()] * 3


def test_a_broken_connection_is_told(database: Engine):
    news = listen(database, timeout=0.01)
    next(news)
    hang_up(database)
    with pytest.raises(psycopg.OperationalError):
        eventually(lambda: next(news))


def test_a_ring_does_not_fail_without_a_database_and_a_later_one_gets_through(database_url: str, heard):
    flaky = connect(database_url, name="flaky bell", pool_size=1)
    bell = Doorbell(flaky)
    bell.ring(1)
    assert heard.get(timeout=BOUND_S) == {1}
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'flaky bell'"
        )

    def rings_through() -> bool:
        bell.ring(2)
        try:
            return heard.get(timeout=0.1) == {2}
        except queue.Empty:
            return False

    eventually(rings_through)
    flaky.dispose()
