"""A resync gives the rows that the log gives, at once or not at all, and says what it found different."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError

from services.portal_read.projection import PORTAL
from shared.contracts.portal_read import ResyncState
from shared.eventlog import log
from shared.projections import resync
from shared.projections.build import Build
from shared.projections.history import Owner
from shared.projections.resync import Resyncer
from tests.integration.projections.histories import (
    HISTORIES,
    HISTORIES_WITH_MISFITS,
    PROVIDER,
    Entry,
    companies,
    recorded,
)
from tests.integration.projections.oracle import expected, found
from tests.integration.projections.resyncing import (
    PARTITION,
    ask,
    generation,
    killed_at,
    let_leases_run_out,
    log_and_fold,
    outcome,
    resynced,
)
from tests.support.waiting import wait_until

bounded = settings(
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FAILPOINTS = ("renewal.folded", "renewal.written", "renewal.flipped")


def site(number: int, name: str = "Süd", **more: object) -> Entry:
    key = str(UUID(int=number))
    payload = {"site_id": key, "company_id": key, "name": name, "address": "Bahnhofstraße 1", **more}
    return Entry(0, "site_added", payload)


@bounded
@for_all(HISTORIES)
def test_a_resync_gives_what_folding_live_and_by_hand_gives_and_finds_nothing_different(database, history):
    owner = companies()
    log_and_fold(database, recorded(history, owner))
    for company in owner:
        result = resynced(database, company)
        assert (result["state"], result["changes"]) == (ResyncState.COMPLETED, {})
        assert result["applied"] == result["total"]
    assert found(database, owner) == expected(history)


@bounded
@for_all(HISTORIES_WITH_MISFITS)
def test_a_parked_company_stays_at_its_last_good_state_when_a_resync_meets_the_same_misfit(database, history):
    owner = companies()
    log_and_fold(database, recorded(history, owner))
    before = found(database, owner)
    states = [resynced(database, company)["state"] for company in owner]
    assert found(database, owner) == before
    parked = before[1]
    assert [state == ResyncState.FAILED for state in states] == [at is not None for at in parked]


def test_who_looks_for_a_misfit_blames_no_event_for_what_the_database_can_not_do_just_now(database: Engine):
    [company, *_] = owner = companies()
    log_and_fold(database, recorded([site(1)], owner))
    build = Build(PORTAL, Owner(company, PROVIDER))
    with database.connect() as locking, database.connect() as connection:
        locking.execute(text("LOCK TABLE portal_read.sites IN ACCESS EXCLUSIVE MODE"))
        connection.execute(text("SET LOCAL lock_timeout = '10ms'"))
        with pytest.raises(OperationalError) as locked:
            build.refuses(connection, log.head(connection, PARTITION).position)
    assert isinstance(locked.value.orig, LockNotAvailable)


def test_a_company_whose_misfit_has_been_mended_is_parked_no_longer(database: Engine):
    [company, *_] = owner = companies()
    log_and_fold(database, recorded([site(1), site(2)], owner))
    with database.begin() as connection:
        connection.execute(
            text("UPDATE portal_read.owners SET parked_at = 2, parked_error = 'a fault of ours'")
        )
        connection.execute(text("DELETE FROM portal_read.sites WHERE site_id = :id"), {"id": UUID(int=2)})
    assert resynced(database, company)["changes"] == {"sites": {"added": 1, "changed": 0, "removed": 0}}
    assert found(database, owner) == expected([site(1), site(2)])


def test_what_was_tampered_with_is_put_right_and_exactly_that_is_named(database: Engine):
    [company, *_] = owner = companies()
    history = [site(1), site(2), site(3)]
    log_and_fold(database, recorded(history, owner))
    with database.begin() as connection:
        for number, statement in enumerate(
            (
                "UPDATE portal_read.sites SET name = 'Nord' WHERE site_id = :site_id",
                "DELETE FROM portal_read.sites WHERE site_id = :site_id",
                "INSERT INTO portal_read.sites SELECT owner_id, generation, gen_random_uuid(), name, address"
                " FROM portal_read.sites WHERE site_id = :site_id",
            ),
            start=1,
        ):
            connection.execute(text(statement), {"site_id": UUID(int=number)})
    assert resynced(database, company)["changes"] == {"sites": {"added": 1, "changed": 1, "removed": 1}}
    assert resynced(database, company)["changes"] == {}
    assert found(database, owner) == expected(history)


def test_asking_twice_while_one_is_under_way_gives_that_one(database: Engine):
    [company, *_] = owner = companies()
    log_and_fold(database, recorded([site(1)], owner))
    first = ask(database, company)
    assert ask(database, company) == first
    assert outcome(database, company, first)["state"] == ResyncState.QUEUED
    assert Resyncer(database, PORTAL).step()
    assert ask(database, company) != first


def ended(engine: Engine, company: UUID, days: int) -> UUID:
    """A resync that ended so many days ago."""
    resync_id = ask(engine, company)
    assert Resyncer(engine, PORTAL).step()
    resyncs = PORTAL.resyncs
    ago = update(resyncs).values(finished_at=resyncs.c.finished_at - timedelta(days=days))
    with engine.begin() as connection:
        connection.execute(ago.where(resyncs.c.resync_id == resync_id))
    return resync_id


def test_one_that_begins_forgets_those_of_its_owner_that_ended_long_ago(database: Engine):
    [company, other, _] = owner = companies()
    log_and_fold(database, recorded([site(1)], owner))
    old, recent, others = (ended(database, *each) for each in ((company, 31), (company, 29), (other, 31)))
    last = ended(database, company, 0)
    with database.connect() as connection:
        assert set(connection.execute(select(PORTAL.resyncs.c.resync_id)).scalars()) == {recent, others, last}
        assert resync.status(connection, PORTAL, company, old) is None


def test_many_who_ask_at_once_are_given_one_and_the_same(database: Engine):
    [company, *_] = owner = companies()
    log_and_fold(database, recorded([site(1)], owner))
    given: list[UUID] = []
    threads = [threading.Thread(target=lambda: given.append(ask(database, company))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 20
    assert len(set(given)) == 1


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_kill_leaves_the_old_rows_and_another_process_carries_on(database: Engine, failpoint: str):
    [company, *_] = owner = companies()
    log_and_fold(database, recorded([site(1), site(2)], owner))
    before = generation(database, company)
    resync_id = ask(database, company)
    killed_at(database, failpoint)
    assert generation(database, company) == before
    assert found(database, owner) == expected([site(1), site(2)])
    assert outcome(database, company, resync_id)["state"] == ResyncState.RUNNING

    assert not Resyncer(database, PORTAL).step()
    let_leases_run_out(database)
    assert Resyncer(database, PORTAL).step()
    assert outcome(database, company, resync_id)["state"] == ResyncState.COMPLETED
    assert generation(database, company) == before + 1


def test_a_resyncer_that_was_replaced_while_it_slept_changes_nothing(database: Engine):
    [company, *_] = owner = companies()
    log_and_fold(database, recorded([site(1)], owner))
    resync_id = ask(database, company)
    sleeper = Resyncer(database, PORTAL)
    claim = sleeper._claim()
    assert claim is not None
    let_leases_run_out(database)
    assert Resyncer(database, PORTAL).step()
    after = generation(database, company)
    with pytest.raises(Exception, match="taken over"):
        sleeper._carry_out(claim)
    assert generation(database, company) == after
    assert outcome(database, company, resync_id)["state"] == ResyncState.COMPLETED


def test_readers_see_all_rows_at_every_moment_and_never_fewer_than_before(database: Engine):
    """Meanwhile events are folded live: what was there once never goes away."""
    [company, *_] = owner = companies()
    log_and_fold(database, recorded([site(number) for number in range(1, 20)], owner))
    stop = threading.Event()
    seen: list[tuple[int, int]] = []

    def look() -> None:
        statement = text(
            "SELECT count(*), count(DISTINCT generation) FROM portal_read.sites AS s"
            " JOIN portal_read.owners USING (owner_id, generation) WHERE owner_id = :company"
        )
        while not stop.is_set():
            with database.connect() as connection:
                seen.append(tuple(connection.execute(statement, {"company": company}).one()))  # type: ignore[arg-type]

    reader = threading.Thread(target=look)
    reader.start()
    writer_done = threading.Event()

    def write() -> None:
        for number in range(20, 60):
            log_and_fold(database, recorded([site(number)], owner))
        writer_done.set()

    writer = threading.Thread(target=write)
    writer.start()
    rounds = 0
    while not writer_done.is_set() or rounds < 10:
        assert resynced(database, company)["changes"] == {}
        rounds += 1
    writer.join()
    wait_until(lambda: seen[-1:] == [(59, 1)], what="the reader saw everything")
    stop.set()
    reader.join()
    counts = [count for count, _ in seen]
    assert counts == sorted(counts)
    assert {generations for _, generations in seen} == {1}
