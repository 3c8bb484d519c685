"""A database that has fallen silent is given up, so that whoever waits for it can go on."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from shared.database.engine import IDLE_S, RECYCLE_S, connect
from tests.support.proxy import Proxy
from tests.support.waiting import wait_until

WAIT_S = 0.5


@pytest.fixture
def line(database_url: str) -> Iterator[Proxy]:
    line = Proxy(int(str(urlsplit(database_url).port)))
    yield line
    line.close()


@pytest.fixture
def engine(database_url: str, line: Proxy) -> Iterator[Engine]:
    """Over a line that can be cut; patient for half a second."""
    port = urlsplit(database_url).port
    engine = connect(database_url.replace(f":{port}/", f":{line.port}/"), name="silence", pool_size=2)

    @event.listens_for(engine, "connect")
    def less_patient(connection: object, _record: object) -> None:
        connection.longest_wait = WAIT_S  # type: ignore[attr-defined]

    yield engine
    engine.dispose()


def test_a_server_that_does_not_answer_is_given_up_and_the_next_connection_works(
    engine: Engine, line: Proxy
) -> None:
    with engine.connect() as first, engine.connect() as second:
        first.execute(text("SELECT 1"))
        second.execute(text("SELECT 1"))
    line.silence()
    with pytest.raises(OperationalError), engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_transaction_that_was_given_up_is_ended_with_the_next_connection(
    engine: Engine, line: Proxy, database: Engine
) -> None:
    """Also where the server's own limit does not hold, as while it waits for the rest of a message."""
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE things (thing_id int PRIMARY KEY)"))
    with engine.connect() as connection:
        connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
        connection.execute(text("INSERT INTO things VALUES (1)"))
        left = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        line.silence()
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 1"))
    assert _is_there(database, left)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO things VALUES (1)"))
    wait_until(lambda: not _is_there(database, left), what="the session is ended")


def test_the_server_keeps_no_session_that_nobody_uses_and_the_pool_has_a_new_one_by_then(
    engine: Engine,
) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("SHOW idle_session_timeout")).scalar_one() == f"{IDLE_S // 60}min"
        assert connection.execute(text("SHOW tcp_keepalives_idle")).scalar_one() == "10"
    assert RECYCLE_S < IDLE_S


def test_what_a_server_refuses_leaves_the_connection_as_it_was(engine: Engine) -> None:
    with engine.connect() as connection:
        process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        connection.execute(text("SET LOCAL statement_timeout = 10"))
        with pytest.raises(OperationalError, match="QueryCanceled"):
            connection.execute(text("SELECT pg_sleep(5)"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() == process


def _is_there(database: Engine, process: int) -> bool:
    with database.connect() as connection:
        found = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        return bool(connection.execute(found, {"pid": process}).scalar_one())
