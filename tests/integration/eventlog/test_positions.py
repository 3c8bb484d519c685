"""Positions are gapless and appear in order: a reader that follows them misses nothing, ever."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from shared.contracts.position import Position
from shared.eventlog import log
from shared.eventlog.log import partition_count, partition_of
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from tests.integration.eventlog.given import (
    BOUND_S,
    ORIGIN,
    PROVIDER,
    begin,
    eventually,
    open_transaction,
    register,
    rename,
    waiting_for_a_lock,
)

WRITERS, TRANSACTIONS = 50, 6
READERS_PER_PARTITION = 2
FIRST, SECOND, THIRD, NINTH = (UUID(int=number) for number in (1, 2, 3, 9))
PROVIDERS = [FIRST, SECOND, THIRD, NINTH]


@dataclass
class Follower:
    """Reads a partition on and on, as fast as it can, and keeps what it saw."""

    partition: int
    seen: list[int] = field(default_factory=list)

    def follow(self, engine: Engine, stop: threading.Event) -> None:
        with engine.connect() as connection:
            reader = connection.execution_options(isolation_level="AUTOCOMMIT")
            last_round = False
            while not last_round:
                last_round = stop.is_set()
                after = self.seen[-1] if self.seen else 0
                found = log.read(reader, self.partition, after=after, limit=1_000)
                self.seen += [recorded.position for recorded in found]


@contextmanager
def following(engine: Engine, partitions: set[int]) -> Iterator[list[Follower]]:
    """Followers of the partitions, until the end of the block and what was committed in it."""
    followers = [Follower(partition) for partition in partitions for _ in range(READERS_PER_PARTITION)]
    stop = threading.Event()
    with ThreadPoolExecutor(len(followers)) as threads:
        running = [threads.submit(follower.follow, engine, stop) for follower in followers]
        try:
            yield followers
        finally:
            stop.set()
        for thread in running:
            thread.result(BOUND_S)


@dataclass
class Writer:
    """Makes new streams of one or two events; every third transaction is rolled back after its append."""

    number: int
    committed: int = 0

    @property
    def provider_id(self) -> UUID:
        return PROVIDERS[self.number % len(PROVIDERS)]

    def write(self, engine: Engine) -> None:
        for attempt in range(TRANSACTIONS):
            events = 1 + attempt % 2
            with unit_of_work(engine, Scope(self.provider_id)) as unit:
                open_transaction(unit)
                for _ in range(events):
                    begin(unit, uuid7(), provider_id=self.provider_id)
                unit.append(ORIGIN)
                if (self.number + attempt) % 3:
                    unit.close()
                    self.committed += events


def test_readers_see_no_gap_while_writers_commit_roll_back_and_one_holds_on(crowd: Engine):
    partitions = {partition_of(crowd, provider) for provider in PROVIDERS}
    held_partition = partition_of(crowd, FIRST)
    writers = [Writer(number) for number in range(WRITERS)]
    behind = [w for w in writers if partition_of(crowd, w.provider_id) == held_partition]
    free = [w for w in writers if w not in behind]
    with following(crowd, partitions) as followers, ThreadPoolExecutor(WRITERS) as threads:
        with unit_of_work(crowd, Scope(FIRST)) as held:
            open_transaction(held)
            begin(held, uuid7(), provider_id=FIRST)
            held.append(ORIGIN)
            waiting = [threads.submit(writer.write, crowd) for writer in behind]
            for done in [threads.submit(writer.write, crowd) for writer in free]:
                done.result(BOUND_S)
            assert [f.seen for f in followers if f.partition == held_partition] == [[], []]
            held.close()
        for done in waiting:
            done.result(BOUND_S)

    committed = dict.fromkeys(partitions, 0) | {held_partition: 1}
    for writer in writers:
        committed[partition_of(crowd, writer.provider_id)] += writer.committed
    for follower in followers:
        assert follower.seen == list(range(1, committed[follower.partition] + 1))
    with crowd.connect() as connection:
        heads = {head.partition: head.position for head in log.heads(connection)}
    assert heads == dict.fromkeys(range(partition_count(crowd)), 0) | committed


def test_an_append_waits_for_the_one_before_it_in_its_partition(crowd: Engine):
    with ThreadPoolExecutor(1) as threads, crowd.connect() as watch:
        with unit_of_work(crowd, Scope(PROVIDER)) as held:
            open_transaction(held)
            begin(held, uuid7())
            held.append(ORIGIN)
            later = threads.submit(register, crowd)
            eventually(lambda: waiting_for_a_lock(watch) == 1)
            assert not later.done()
            held.close()
        later.result(BOUND_S)


def test_a_transaction_that_has_not_appended_yet_holds_up_nobody(database: Engine):
    with unit_of_work(database, Scope(PROVIDER)) as slow:
        open_transaction(slow)
        begin(slow, uuid7())
        register(database)
        assert slow.commit(ORIGIN) == Position(partition_of(database, PROVIDER), 2)


def test_a_rolled_back_append_gives_its_positions_back(database: Engine):
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        open_transaction(unit)
        begin(unit, uuid7())
        given_up = unit.append(ORIGIN)
    company_id = uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        begin(unit, company_id)
        assert unit.commit(ORIGIN) == given_up


def test_a_lost_conflict_leaves_no_gap(database: Engine):
    company_id = register(database)
    for _ in range(3):
        with unit_of_work(database, Scope(PROVIDER)) as unit:
            begin(unit, company_id)
            with pytest.raises(Exception, match="same moment"):
                unit.commit(ORIGIN)
    assert rename(database, company_id, "next") == Position(partition_of(database, PROVIDER), 2)


def test_all_events_of_a_provider_lie_in_one_partition(database: Engine):
    providers = [uuid7() for _ in range(20)]
    for provider_id in providers * 2:
        register(database, provider_id=provider_id)
    lying: dict[UUID, set[int]] = {}
    with database.connect() as connection:
        for partition in range(partition_count(database)):
            for recorded in log.read(connection, partition, after=0, limit=100):
                lying.setdefault(recorded.provider_id, set()).add(partition)
    assert lying == {provider_id: {partition_of(database, provider_id)} for provider_id in providers}


def test_providers_are_spread_over_all_partitions(database: Engine):
    providers = [uuid7() for _ in range(400)]
    assert {partition_of(database, p) for p in providers} == set(range(partition_count(database)))


def test_a_page_ends_at_its_limit_and_the_next_one_goes_on(database: Engine):
    for _ in range(5):
        register(database)
    partition = partition_of(database, PROVIDER)
    with database.connect() as connection:
        pages = [
            [recorded.position for recorded in log.read(connection, partition, after=after, limit=2)]
            for after in (0, 2, 4, 5)
        ]
        assert log.head(connection, partition) == Position(partition, 5)
    assert pages == [[1, 2], [3, 4], [5], []]


def test_one_companys_events_are_read_in_order_and_without_anybody_elses(database: Engine):
    company_id = register(database)
    register(database)
    rename(database, company_id, "second")
    register(database)
    rename(database, company_id, "third")
    with database.connect() as connection:
        assert [e.position for e in log.read_company(connection, company_id, limit=10)] == [1, 3, 5]
        assert [e.position for e in log.read_company(connection, company_id, after=1, limit=1)] == [3]


def test_a_companys_whole_history_is_read_over_all_its_pages(database: Engine):
    company_id = register(database)
    for name in ("second", "third", "fourth"):
        register(database)
        rename(database, company_id, name)
    with database.connect() as connection:
        paged = log.company_history(connection, company_id, at_once=2)
        assert [e.position for e in paged] == [1, 3, 5, 7]


def test_several_streams_are_loaded_each_in_order(database: Engine):
    first, second, other = (register(database) for _ in range(3))
    rename(database, first, "renamed")
    with database.connect() as connection:
        streams = log.load_many(connection, [first, second, uuid7()], "company")
    assert {stream_id: [e.version for e in found] for stream_id, found in streams.items()} == {
        first: [1, 2],
        second: [1],
    }
    assert other not in streams
