"""The schema is brought up to date by whoever starts first, and by the others in peace."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import make_url

from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.eventlog.log import partition_count
from shared.eventlog.tables import metadata
from tests.integration.eventlog.given import register, size

AT_ONCE = 3


@pytest.fixture
def empty_url(database_url: str) -> Iterator[str]:
    """A database that was never migrated."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        yield make_url(database_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = connect(empty_url, name="empty")
    yield engine
    engine.dispose()


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


@pytest.mark.parametrize("count", ["0", "-1", "1001", "many"])
def test_a_senseless_number_of_partitions_is_refused_and_leaves_nothing_behind(
    empty: Engine, monkeypatch, count
):
    monkeypatch.setenv("PORTAL_PARTITIONS", count)
    with pytest.raises(ValueError):
        upgrade(empty)
    assert not inspect(empty).has_schema("eventlog")
    monkeypatch.delenv("PORTAL_PARTITIONS")
    upgrade(empty)
    assert partition_count(empty) == 8
