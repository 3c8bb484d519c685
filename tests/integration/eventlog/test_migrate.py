"""The schema is brought up to date by whoever starts first, and by the others in peace."""

import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest
from sqlalchemy import Engine, inspect, text
from uuid_utils.compat import uuid7

from shared.database import migrate as migrate_module
from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.eventlog.findings import Findings
from shared.eventlog.log import partition_count
from shared.eventlog.reading import Selection
from shared.eventlog.scope import Scope
from shared.eventlog.tables import metadata
from shared.eventlog.unit import unit_of_work
from shared.eventlog.verification import verify
from shared.secret_settings import ConfigurationError
from tests.integration.eventlog.given import PROVIDER, begin, commit_as_once, register, size
from tests.support.waiting import wait_until

AT_ONCE = 3
WORKERS = 4
PATIENCE_S = 60
OTHER_HEADS = ("customers_002", "orders_002", "portal_read_005")


def migrate(url: str) -> None:
    engine = connect(url, name="migration")
    upgrade(engine)
    engine.dispose()


def applied(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text("SELECT version_num FROM public.alembic_version")).scalars())


def test_an_empty_database_becomes_a_log(empty: Engine):
    upgrade(empty)
    register(empty)
    assert size(empty) == 1


def test_the_tables_are_those_that_the_code_knows(empty: Engine):
    upgrade(empty)
    made = inspect(empty)
    for table in metadata.tables.values():
        columns = {column["name"] for column in made.get_columns(table.name, schema=table.schema)}
        assert {column.name for column in table.columns} <= columns


def test_a_second_upgrade_changes_nothing(empty: Engine):
    upgrade(empty)
    before = applied(empty)
    register(empty)
    upgrade(empty)
    assert applied(empty) == before
    assert size(empty) == 1


def test_processes_that_start_at_once_migrate_once(empty_url: str, empty: Engine):
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as processes:
        for done in [processes.submit(migrate, empty_url) for _ in range(AT_ONCE)]:
            done.result(60)
    register(empty)
    assert size(empty) == 1


def test_a_log_is_created_with_as_many_partitions_as_configured(empty: Engine, monkeypatch):
    monkeypatch.setenv("PORTAL_PARTITIONS", "3")
    upgrade(empty)
    assert partition_count(empty) == 3


def test_the_number_of_partitions_stays_what_it_was(empty: Engine, monkeypatch):
    upgrade(empty)
    monkeypatch.setenv("PORTAL_PARTITIONS", "3")
    upgrade(empty)
    assert partition_count(empty) == 8


def test_a_table_that_is_in_use_is_waited_for_while_others_go_on_working(empty: Engine, monkeypatch):
    monkeypatch.setattr(migrate_module, "PAUSE_S", 0.1)
    upgrade(empty, to="orders_001")
    look = text("SELECT count(*) FROM orders.appointments")
    with ThreadPoolExecutor() as threads, empty.connect() as reader:
        reader.execute(look)
        upgrading = threads.submit(upgrade, empty)
        wait_until(lambda: _waits_for_a_lock(empty), what="the upgrade waits for the table")
        with empty.connect() as other:
            assert other.execute(look).scalar_one() == 0
        assert not upgrading.done()
        reader.rollback()
        assert "orders_002" in upgrading.result(PATIENCE_S)


def test_an_upgrade_that_somebody_waits_for_whom_it_waits_for_itself_steps_back(empty: Engine, monkeypatch):
    monkeypatch.setattr(migrate_module, "PAUSE_S", 0.1)
    upgrade(empty, to="customers_001")
    with ThreadPoolExecutor() as threads, empty.connect() as reader:
        reader.execute(text("SET LOCAL deadlock_timeout = '1min'"))
        reader.execute(text("SELECT count(*) FROM customers.equipment"))
        upgrading = threads.submit(upgrade, empty)
        wait_until(lambda: _waits_for_a_lock(empty), what="the upgrade waits for equipment")
        assert reader.execute(text("SELECT count(*) FROM customers.companies")).scalar_one() == 0
        reader.rollback()
        assert "customers_002" in upgrading.result(PATIENCE_S)


def test_an_upgrade_under_load_disturbs_nobody(database: Engine):
    done = threading.Event()

    def work() -> int:
        count = 0
        while not done.is_set():
            register(database)
            count += 1
        return count

    with ThreadPoolExecutor() as threads:
        workers = [threads.submit(work) for _ in range(WORKERS)]
        try:
            for _ in range(AT_ONCE):
                upgrade(database)
        finally:
            done.set()
        acknowledged = sum(worker.result() for worker in workers)
    assert size(database) == acknowledged


def test_what_is_pending_is_applied_while_the_version_before_goes_on_writing(empty: Engine):
    """Its writers know nothing of the hashes, and what they append is chained, whenever that was."""
    upgrade(empty, to="eventlog_003")
    for head in OTHER_HEADS:
        upgrade(empty, to=head)
    done = threading.Event()

    def work() -> int:
        count = 0
        while not done.is_set():
            _register_as_once(empty)
            count += 1
        return count

    with ThreadPoolExecutor(WORKERS) as threads:
        workers = [threads.submit(work) for _ in range(WORKERS)]
        try:
            wait_until(lambda: size(empty) > WORKERS, what="all write")
            assert "eventlog_008" in upgrade(empty)
            before = size(empty)
            wait_until(lambda: size(empty) > before + WORKERS, what="all go on writing")
        finally:
            done.set()
        acknowledged = sum(worker.result() for worker in workers)
    assert size(empty) == acknowledged
    findings = Findings()
    verify(empty, Selection(), findings, lambda _: None)
    assert findings.all() == []


def _register_as_once(engine: Engine) -> None:
    with unit_of_work(engine, Scope(PROVIDER)) as unit:
        begin(unit, uuid7())
        commit_as_once(unit)


def _waits_for_a_lock(engine: Engine) -> bool:
    with engine.connect() as connection:
        waiting = text(
            "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database ON oid = database"
            " WHERE datname = current_database() AND locktype = 'relation' AND NOT granted)"
        )
        return bool(connection.execute(waiting).scalar_one())


@pytest.mark.parametrize("count", ["0", "-1", "1001", "many"])
def test_a_senseless_number_of_partitions_is_refused_and_leaves_nothing_behind(
    empty: Engine, monkeypatch, count
):
    monkeypatch.setenv("PORTAL_PARTITIONS", count)
    with pytest.raises(ConfigurationError, match="from 1 to 1000"):
        upgrade(empty)
    assert not inspect(empty).has_schema("eventlog")
    monkeypatch.delenv("PORTAL_PARTITIONS")
    upgrade(empty)
    assert partition_count(empty) == 8
