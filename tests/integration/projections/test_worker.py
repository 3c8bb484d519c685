"""A worker follows the log in the partitions it holds; each event counts once, whatever happens."""

import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, select, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from services.portal_read.projection import PORTAL
from shared.database.engine import connect
from shared.eventlog.lease import LEASE_S
from shared.eventlog.log import partition_count
from shared.projections.worker import BATCH
from tests.integration.eventlog.given import register, rename
from tests.integration.projections.histories import MISFITS, Entry, companies, recorded
from tests.integration.projections.resyncing import PARTITION, only_log
from tests.integration.projections.workers import (
    held_up,
    insert_misfit,
    is_held_up,
    names,
    owner_of,
    owners,
    position,
    provider_in,
    take_over,
    until_projected,
    value,
    working,
)
from tests.support.machines import Machines
from tests.support.stack import Stack
from tests.support.waiting import wait_until

NAME = "Bäckerei Öztürk"
_ID = str(UUID(int=1))
SITE_ADDED = {"site_id": _ID, "company_id": _ID, "name": "Süd", "address": "Bahnhofstraße 1"}


def execute(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


@pytest.fixture
def without_broker(database_url: str, keys: Path, tmp_path: Path):
    """Starts processes of `portal_read` on the test's database that never reach a broker."""
    stack = Stack(amqp_uri="amqp://127.0.0.1:1", database_url=database_url, keys=keys, logs=tmp_path)
    yield lambda: stack.start("portal_read")
    stack.stop()


def test_without_being_woken_it_follows_by_polling(database: Engine):
    with working(database):
        company = register(database)
        until_projected(database, NAME)
        rename(database, company, "Konditorei")
        until_projected(database, "Konditorei")


def test_what_was_there_before_it_started_is_folded_in_every_partition(database: Engine):
    count = partition_count(database)
    for partition in range(count):
        register(database, provider_id=provider_in(database, partition))
    with working(database):
        until_projected(database, *[NAME] * count)
    assert [position(database, partition) for partition in range(count)] == [1] * count


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_misfit_in_the_log_parks_its_company_and_the_partition_goes_on(database: Engine, misfit):
    provider = provider_in(database, 3)
    poisoned = register(database, provider_id=provider)
    insert_misfit(database, provider, poisoned, misfit)
    rename(database, poisoned, "after the misfit", provider_id=provider)
    healthy = register(database, provider_id=provider)
    rename(database, healthy, "Konditorei", provider_id=provider)
    with working(database):
        until_projected(database, NAME, "Konditorei")
        wait_until(lambda: position(database, 3) == 5, what="the checkpoint is at the head")
    with database.connect() as connection:
        parked = connection.execute(
            PORTAL.owners.select().where(PORTAL.owners.c.parked_at.is_not(None))
        ).all()
    assert [(row.owner_id, row.parked_at) for row in parked] == [(poisoned, 2)]


def test_a_misfit_in_a_backlog_is_parked_though_its_events_one_by_one_would_outlast_a_lease(database: Engine):
    """Else one worker would take the partition from the other again and again, and neither get on."""
    execute(
        database,
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(0.03); RETURN NULL; END $$",
    )
    execute(
        database,
        "CREATE TRIGGER dawdle AFTER INSERT OR UPDATE ON portal_read.sites"
        " FOR EACH STATEMENT EXECUTE FUNCTION dawdle()",
    )
    poisoned, healthy, _ = owner = companies()
    backlog = [Entry(1, "site_added", SITE_ADDED)] * 150
    only_log(database, recorded([*backlog, Entry(0, *MISFITS[0]), *backlog], owner))
    with working(database, "one"), working(database, "two"):
        wait_until(lambda: position(database, PARTITION) == 301, what="the partition is folded to its end")
    with database.connect() as connection:
        found = connection.execute(select(PORTAL.owners.c.owner_id, PORTAL.owners.c.parked_at)).all()
    assert dict(map(tuple, found)) == {poisoned: 151, healthy: None}


def test_rows_and_checkpoint_move_together_or_not_at_all(database: Engine):
    register(database, provider_id=provider_in(database, 3))
    with database.begin() as connection:
        connection.execute(text("CREATE SEQUENCE tries"))
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'try %', nextval('tries'); END $$"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER refuse BEFORE UPDATE OF position ON portal_read.checkpoints"
                " FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    with working(database):
        wait_until(lambda: value(database, "SELECT last_value FROM tries") >= 2, what="it has tried twice")
        assert (names(database), position(database, 3)) == ([], 0)
        with database.begin() as connection:
            connection.execute(text("DROP TRIGGER refuse ON portal_read.checkpoints"))
        until_projected(database, NAME)
    assert position(database, 3) == 1


def test_a_missing_master_key_parks_nobody_and_is_waited_for(machines: Machines):
    with machines.engines() as (ahead, behind), capture_logs() as logs:
        company_id = register(ahead)
        with working(behind):
            wait_until(
                lambda: any(machines.newest in entry.get("error", "") for entry in logs), what="it says so"
            )
            machines.catch_up()
            until_projected(ahead, NAME)
        assert (
            value(ahead, "SELECT parked_at FROM portal_read.owners WHERE owner_id = :id", id=company_id)
            is None
        )


def test_a_transaction_that_is_killed_is_done_again(database: Engine):
    register(database, provider_id=provider_in(database, 3))
    with held_up(database) as let_go, working(database):
        pid = wait_until(lambda: is_held_up(database), what="the worker writes")
        value(database, "SELECT pg_terminate_backend(:pid)", pid=pid)
        wait_until(lambda: is_held_up(database) not in (None, pid), what="it tries again")
        let_go()
        until_projected(database, NAME)
        wait_until(lambda: position(database, 3) == 1, what="the checkpoint has moved")


def test_a_fenced_worker_writes_nothing_and_goes_on_elsewhere(database: Engine):
    for partition in (3, 4):
        register(database, provider_id=provider_in(database, partition))
    with held_up(database) as let_go, working(database):
        wait_until(lambda: is_held_up(database), what="the worker writes")
        take_over(database, 3)
        let_go()
        until_projected(database, NAME)
        assert (position(database, 3), position(database, 4)) == (0, 1)
        assert owner_of(database, 3) == "somebody else"


def test_a_worker_that_loses_a_lease_while_it_is_busy_keeps_the_others(database: Engine):
    for partition in (3, 4, 5):
        register(database, provider_id=provider_in(database, partition))
    with held_up(database) as let_go, working(database):
        wait_until(lambda: is_held_up(database), what="the worker writes")
        take_over(database, 4)
        due = "SELECT expires_at < now() + make_interval(secs => :half) FROM portal_read.checkpoints"
        wait_until(
            lambda: value(database, f"{due} WHERE partition = 3", half=LEASE_S / 2 - 0.1),
            what="its leases are due to be renewed",
        )
        let_go()
        until_projected(database, NAME, NAME)
        assert [position(database, partition) for partition in (3, 4, 5)] == [1, 0, 1]


def test_a_worker_that_stops_gives_its_partitions_back(database: Engine):
    with working(database):
        wait_until(lambda: set(owners(database)) == {"one"}, what="it holds all partitions")
    assert set(owners(database)) == {None}


def shares(database: Engine) -> list[int]:
    """How many partitions each worker holds, the most first; those that nobody holds are left out."""
    held = Counter(owner for owner in owners(database) if owner)
    return [count for _, count in held.most_common()]


def test_workers_share_the_partitions_evenly_however_they_come_and_go(database: Engine):
    count = partition_count(database)
    with working(database, "one"):
        wait_until(lambda: shares(database) == [8], what="the first holds all")
        with working(database, "two"):
            wait_until(lambda: shares(database) == [4, 4], what="two hold half each")
            with working(database, "three"):
                wait_until(lambda: shares(database) == [3, 3, 2], what="three hold a third each")
                for at in range(count):
                    register(database, provider_id=provider_in(database, at))
                until_projected(database, *[NAME] * count)
            wait_until(lambda: shares(database) == [4, 4], what="the third has left its share to the others")
        wait_until(lambda: shares(database) == [8], what="the first holds all again")
    assert [position(database, partition) for partition in range(count)] == [1] * count


def note_moves(engine: Engine) -> None:
    """Have the database note each move of a checkpoint."""
    execute(engine, "CREATE TABLE moves (partition int, before bigint, after bigint)")
    execute(
        engine,
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO moves VALUES (NEW.partition, OLD.position, NEW.position); RETURN NULL; END $$",
    )
    execute(
        engine,
        "CREATE TRIGGER note AFTER UPDATE ON portal_read.checkpoints FOR EACH ROW"
        " WHEN (OLD.position <> NEW.position) EXECUTE FUNCTION note()",
    )


def moves_that_do_not_follow(engine: Engine) -> Any:
    """How many moves don't begin where the one before has ended."""
    return value(
        engine,
        "SELECT count(*) FROM (SELECT before, lag(after, 1, 0::bigint) OVER"
        " (PARTITION BY partition ORDER BY after) AS expected FROM moves) AS m WHERE before <> expected",
    )


def test_no_event_is_folded_twice_while_partitions_change_hands(database: Engine):
    """Each event's transaction is counted by the database; workers come and go meanwhile."""
    note_moves(database)
    providers = [provider_in(database, at) for at in range(partition_count(database))]
    with working(database, "one"):
        for name in ("two", "three", "four"):
            with working(database, name):
                wait_until(lambda name=name: name in owners(database), what=f"{name} has a share")
                for provider in providers:
                    register(database, provider_id=provider)
        until_projected(database, *[NAME] * 3 * len(providers))
    assert moves_that_do_not_follow(database) == 0


def test_a_round_whose_commit_was_not_answered_is_not_done_again(database: Engine, database_url: str):
    """Not even a part of it, as others have news then, too, and each gets a smaller share of the batch."""
    note_moves(database)
    busy, *others = (provider_in(database, at) for at in range(partition_count(database)))
    company = register(database, provider_id=busy)
    for _ in range(BATCH // partition_count(database)):
        rename(database, company, "Konditorei", provider_id=busy)
    engine = connect(database_url, name="loses an answer")
    lost: list[int] = []

    @event.listens_for(engine, "commit")
    def lose_an_answer(connection: Connection) -> None:
        driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        found = driver.execute("SELECT position FROM portal_read.checkpoints WHERE partition = 0").fetchall()
        [(reached,)] = found
        if reached and not lost:
            driver.commit()
            lost.append(reached)
            for provider in others:
                register(database, provider_id=provider)
            raise OperationalError("COMMIT", None, psycopg.OperationalError("no answer"))

    with working(engine):
        until_projected(database, "Konditorei", *[NAME] * len(others))
    engine.dispose()
    assert lost == [position(database, 0)]
    assert moves_that_do_not_follow(database) == 0


def test_without_a_broker_services_share_the_work_and_a_dead_ones_is_taken_over_soon(
    database: Engine, without_broker
):
    companies = {provider_in(database, at): uuid7() for at in range(partition_count(database))}
    for provider, company in companies.items():
        register(database, provider_id=provider, company_id=company)
    process: subprocess.Popen[bytes] = without_broker()
    until_projected(database, *[NAME] * len(companies))
    with working(database, "the next"):
        wait_until(lambda: owners(database).count("the next") == 4, what="they share the partitions")
        process.send_signal(signal.SIGKILL)
        process.wait()
        lapse = "SELECT max(expires_at) < clock_timestamp() + interval '4.1 s' FROM portal_read."
        assert value(database, lapse + "checkpoints")
        assert value(database, lapse + "workers")
        for provider, company in companies.items():
            rename(database, company, "Konditorei", provider_id=provider)
        until_projected(database, *["Konditorei"] * len(companies))
        assert set(owners(database)) == {"the next"}
