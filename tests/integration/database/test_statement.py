"""A statement run past SQLAlchemy keeps to its transactions, its errors and its pool."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from shared.database.statement import copy, rows
from tests.support.waiting import wait_until

WRITE = "INSERT INTO notes VALUES (%(note)s) RETURNING note"
COPY = "COPY notes (note) FROM STDIN"
PID = "SELECT pg_backend_pid()"
ACTIVE = "SELECT pid FROM pg_stat_activity WHERE pid = %s AND state = 'active' AND wait_event = 'PgSleep'"
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
OTHERS, BREAK_OTHERS = f"SELECT count(*) {_OTHERS}", f"SELECT pg_terminate_backend(pid) {_OTHERS}"


class Killed(BaseException):
    """As eventlet raises in a greenlet that waits and is to end."""


@pytest.fixture
def connection(database: Engine) -> Iterator[Connection]:
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE notes (note text PRIMARY KEY)"))
    with database.connect() as connection:
        yield connection


def written(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT note FROM notes ORDER BY note")).scalars())


def test_a_statement_outside_a_transaction_is_committed_on_its_own(database: Engine, connection: Connection):
    assert rows(connection, WRITE, {"note": "kept"}) == [("kept",)]
    assert written(database) == ["kept"]


def test_a_statement_in_a_transaction_goes_with_it(database: Engine, connection: Connection):
    with connection.begin() as transaction:
        rows(connection, WRITE, {"note": "lost"})
        assert written(database) == []
        transaction.rollback()
    with connection.begin():
        rows(connection, WRITE, {"note": "kept"})
    assert written(database) == ["kept"]


def test_sqlalchemys_statements_stay_in_transactions_after_one_on_its_own(
    database: Engine, connection: Connection
):
    rows(connection, WRITE, {"note": "kept"})
    connection.execute(text("INSERT INTO notes VALUES ('lost')"))
    connection.rollback()
    assert written(database) == ["kept"]


def test_a_connection_that_commits_each_statement_goes_on_to_do_so(database: Engine, connection: Connection):
    connection.execution_options(isolation_level="AUTOCOMMIT")
    rows(connection, WRITE, {"note": "first"})
    connection.execute(text("INSERT INTO notes VALUES ('second')"))
    assert written(database) == ["first", "second"]


def test_a_refusal_is_sqlalchemys_and_shows_no_values(database: Engine, connection: Connection):
    rows(connection, WRITE, {"note": "Maria Huber"})
    with pytest.raises(IntegrityError) as refused:
        rows(connection, WRITE, {"note": "Maria Huber"})
    assert isinstance(refused.value.orig, UniqueViolation)
    assert refused.value.params is None
    rows(connection, WRITE, {"note": "next"})
    assert written(database) == ["Maria Huber", "next"]


def test_lines_are_copied_in_the_transaction_and_what_refuses_them_is_sqlalchemys(
    database: Engine, connection: Connection
):
    with connection.begin():
        copy(connection, COPY, [["Anton"], ["Maria Huber"]])
        assert written(database) == []
    assert written(database) == ["Anton", "Maria Huber"]
    with pytest.raises(IntegrityError) as refused, connection.begin():
        copy(connection, COPY, [["Zoe"], ["Maria Huber"]])
    assert isinstance(refused.value.orig, UniqueViolation)
    assert refused.value.params is None
    assert written(database) == ["Anton", "Maria Huber"]


@pytest.mark.parametrize("in_transaction", [True, False])
def test_all_connections_are_given_up_when_one_broke(
    database: Engine, database_url: str, connection: Connection, in_transaction
):
    with database.connect() as idle:
        idle.execute(text(PID))
    if in_transaction:
        connection.begin()
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(BREAK_OTHERS)
        wait_until(lambda: server.execute(OTHERS).fetchone() == (0,), what="the connections are broken")
    with pytest.raises(OperationalError) as broken:
        rows(connection, PID, {})
    assert broken.value.connection_invalidated
    with database.connect() as fresh:
        assert rows(fresh, "SELECT 1", {}) == [(1,)]


@pytest.mark.parametrize("in_transaction", [True, False])
def test_a_connection_whose_statement_was_left_is_not_used_again(
    database: Engine, database_url: str, connection: Connection, in_transaction
):
    [(pid,)] = rows(connection, PID, {})
    if in_transaction:
        connection.begin()
    with killed_while_active(database_url, pid), pytest.raises(Killed):
        rows(connection, "SELECT pg_sleep(30)", {})
    connection.close()
    with database.connect() as fresh:
        assert rows(fresh, PID, {}) != [(pid,)]


@contextmanager
def killed_while_active(url: str, pid: int) -> Iterator[None]:
    """Raise Killed in this thread as soon as the session `pid` works on a statement."""

    def killed(*_: object) -> None:
        raise Killed

    def kill() -> None:
        with psycopg.connect(url, autocommit=True) as watch:
            wait_until(lambda: watch.execute(ACTIVE, [pid]).fetchone(), what="the statement runs")
        os.kill(os.getpid(), signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, killed)
    try:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(kill)
            yield
    finally:
        signal.signal(signal.SIGUSR1, before)
