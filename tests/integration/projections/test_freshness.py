"""A query waits until the projection has come so far, wherever it is folded, and says when it has not."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from services.portal_read.projection import PORTAL
from shared.contracts.position import Position
from shared.projections.freshness import Freshness
from tests.integration.eventlog.given import register
from tests.integration.projections.workers import provider_in, value, working
from tests.support.waiting import wait_until

LONG_S, SHORT_S = 20.0, 0.1
AT = Position(3, 7)
_LISTENING = """
    SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'listen portal_read' AND query LIKE 'LISTEN%'
"""


@pytest.fixture
def freshness(database: Engine) -> Iterator[Freshness]:
    """Follows what other processes say, until the end of the test."""
    freshness = Freshness(database, PORTAL)
    thread = threading.Thread(target=freshness.follow)
    thread.start()
    wait_until(lambda: value(database, _LISTENING), what="it listens")
    yield freshness
    freshness.stop()
    thread.join(LONG_S)
    assert not thread.is_alive()


def notify(engine: Engine, at: Position) -> None:
    """Say what a process that folds says, without the checkpoint."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_notify('portal_read', :at)"), {"at": str(at)})


def move_checkpoint(engine: Engine, at: Position) -> None:
    with engine.begin() as connection:
        statement = "UPDATE portal_read.checkpoints SET position = :position WHERE partition = :partition"
        connection.execute(text(statement), at._asdict())


def test_the_place_before_the_first_event_is_always_reached(database: Engine):
    assert Freshness(database, PORTAL).wait_for(Position(3, 0), 0)


def test_what_this_process_has_folded_is_reached_at_once_with_all_before_it(database: Engine):
    freshness = Freshness(database, PORTAL)
    freshness.reached(AT)
    freshness.reached(Position(3, 5))
    assert freshness.wait_for(AT, 0)
    assert freshness.wait_for(Position(3, 5), 0)


def test_neither_a_later_position_nor_another_partition_is_reached_with_it(database: Engine):
    freshness = Freshness(database, PORTAL)
    freshness.reached(AT)
    assert not freshness.wait_for(Position(3, 8), 0)
    assert not freshness.wait_for(Position(4, 7), 0)


def test_in_vain_it_waits_as_long_as_it_is_told_and_no_longer(database: Engine):
    began = time.monotonic()
    assert not Freshness(database, PORTAL).wait_for(AT, SHORT_S)
    assert SHORT_S <= time.monotonic() - began < LONG_S


def test_all_who_wait_learn_of_it_when_another_process_notifies(database: Engine, freshness: Freshness):
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(freshness.wait_for, AT, LONG_S) for _ in range(4)]
        notify(database, Position(3, 6))
        notify(database, Position(5, 9))
        assert not any(one.done() for one in waiting)
        notify(database, AT)
        assert all(one.result() for one in waiting)


def test_whoever_finds_as_many_waiting_as_may_is_not_kept(database: Engine):
    freshness = Freshness(database, PORTAL, waiters=2)
    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(freshness.wait_for, AT, LONG_S) for _ in range(3)]
        wait_until(lambda: [one.done() for one in asking].count(True) == 1, what="one is sent away")
        freshness.reached(AT)
        assert sorted(one.result() for one in asking) == [False, True, True]
    assert freshness.wait_for(AT, 0)


def test_who_has_waited_makes_room_for_the_next(database: Engine, freshness: Freshness):
    for _ in range(10):
        assert not freshness.wait_for(AT, 0)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(freshness.wait_for, AT, LONG_S)
        notify(database, AT)
        assert waiting.result()


def test_an_event_is_reached_once_another_worker_has_folded_it(database: Engine, freshness: Freshness):
    with working(database):
        register(database, provider_id=provider_in(database, 3))
        assert freshness.wait_for(Position(3, 1), LONG_S)
    assert value(database, "SELECT count(*) FROM portal_read.companies") == 1


def test_a_missed_notification_is_made_up_for_by_the_checkpoints(database: Engine, freshness: Freshness):
    move_checkpoint(database, AT)
    assert freshness.wait_for(AT, LONG_S)


def test_it_knows_at_its_start_what_was_folded_before(database: Engine):
    move_checkpoint(database, AT)
    late = Freshness(database, PORTAL)
    thread = threading.Thread(target=late.follow)
    thread.start()
    assert late.wait_for(AT, LONG_S)
    late.stop()
    thread.join(LONG_S)


def test_it_outlives_a_lost_connection(database: Engine, freshness: Freshness):
    pid = value(database, _LISTENING)
    value(database, "SELECT pg_terminate_backend(:pid)", pid=pid)
    wait_until(lambda: value(database, _LISTENING) not in (None, pid), what="it listens again")
    notify(database, AT)
    assert freshness.wait_for(AT, LONG_S)
