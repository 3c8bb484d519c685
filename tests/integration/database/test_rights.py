"""Each role may do in the database what its process does, and nothing else: every role tries everything."""

from collections.abc import Iterator, Mapping

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from deploy.database.rights import OWNER
from deploy.database.roles import PROCESSES
from deploy.stack import SERVICES
from tests.support.database_roles import url_of

ALL = {*PROCESSES} - {OWNER}
COMMANDED = {*SERVICES} - {"notifications"}
SUBSCRIBED = {"invitation", "orders", "notifications", "documents"}
READ_MODEL = {"portal_read", "operator"}

# Table, or all of a schema → what is allowed → to whom. What is not here is refused to everybody. A new table
# belongs here: think of who needs it, and say the same in deploy/database/rights.py.
Allowed = Mapping[str, set[str]]
TABLES: Mapping[str, Allowed] = {
    "public.alembic_version": {},
    "eventlog.events": {"SELECT": ALL},
    "eventlog.partitions": {"SELECT": ALL},
    "eventlog.writers": {"SELECT": {"operator"}},
    "eventlog.subject_keys": {
        "SELECT": ALL,
        "INSERT": {*SERVICES} - {"portal_read"},
        "UPDATE master_key": {"operator", "customers"},
        "UPDATE wrapped_key": {"operator", "customers"},
        "UPDATE erased_at": {"customers"},
    },
    "eventlog.commands": {
        "SELECT": COMMANDED,
        "INSERT": COMMANDED,
        "UPDATE result": COMMANDED,
        "UPDATE recorded_at": {"relay"},
        "DELETE": {"relay"},
    },
    "eventlog.relay": {
        "SELECT": {"relay", "operator"},
        "UPDATE position": {"relay", "operator"},
        **{f"UPDATE {name}": {"relay"} for name in ("partition", "owner", "fence", "expires_at", "error")},
    },
    "eventlog.inbox": {"SELECT": SUBSCRIBED | {"operator"}, "INSERT": SUBSCRIBED | {"operator"}},
    "eventlog.subscriptions": {
        "SELECT": SUBSCRIBED | {"operator"},
        "INSERT": SUBSCRIBED,
        "UPDATE position": SUBSCRIBED,
    },
}
SCHEMAS: Mapping[str, set[str]] = {name: {name} for name in SERVICES} | {"portal_read": READ_MODEL}
# Beside whose they are.
READ_BY: Allowed = {"documents.documents": {"operator"}, "documents.attachments": {"operator"}}
TRIES = {
    "SELECT": "SELECT * FROM {table} WHERE false",
    "INSERT": "INSERT INTO {table} SELECT {nothing} WHERE false",
    "DELETE": "DELETE FROM {table} WHERE false",
    "TRUNCATE": "TRUNCATE {table}",
}
MAKING = {
    "a table in the log": "CREATE TABLE eventlog.another ()",
    "a table in public": "CREATE TABLE public.another ()",
    "a table of the read model": "CREATE TABLE portal_read.another ()",
    "a table of its own": "CREATE TABLE orders.another ()",
    "a schema": "CREATE SCHEMA another",
    "a log without its guard": "ALTER TABLE eventlog.events DISABLE TRIGGER ALL",
    "a log open to all rows": "ALTER TABLE eventlog.inbox DISABLE ROW LEVEL SECURITY",
    "an owner of itself": "SET ROLE mfr_owner",
    "another of itself": "SET ROLE mfr_invitation",
    "a role": "CREATE ROLE mfr_another",
    "a password of another": "ALTER ROLE mfr_invitation PASSWORD 'x'",
    "a file of the server": "COPY (SELECT 1) TO '/tmp/mfr-rights'",
    "a program of the server": "COPY (SELECT 1) TO PROGRAM 'true'",
}


@pytest.fixture(params=sorted(ALL))
def process(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connection(process: str, database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url_of(process, database_url)) as connection:
        yield connection


def test_a_role_may_do_to_each_table_what_is_allowed_to_it_and_nothing_else(
    process: str, connection: psycopg.Connection, database_url: str
):
    found, expected = {}, {}
    for table, columns in _tables(database_url).items():
        found[table] = {each for each, statement in _tries(table, columns) if _may(connection, statement)}
        expected[table] = _expected(process, table, columns)
    assert found == expected


def test_a_role_makes_nothing_but_rows(process: str, connection: psycopg.Connection):
    for what, statement in MAKING.items():
        if "mfr_invitation" not in statement or process != "invitation":
            assert not _may(connection, sql.SQL(statement)), what


def _tables(database_url: str) -> dict[str, list[str]]:
    """All tables that there are, with their columns."""
    with psycopg.connect(database_url) as administrator:
        rows = administrator.execute(
            """
            SELECT table_schema || '.' || table_name, array_agg(column_name::text ORDER BY ordinal_position)
              FROM information_schema.columns
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
             GROUP BY 1
            """
        )
        return dict(rows.fetchall())


def _tries(table: str, columns: list[str]) -> Iterator[tuple[str, sql.Composed]]:
    name = sql.Identifier(*table.split("."))
    nothing = sql.SQL(", ").join([sql.SQL("NULL")] * len(columns))
    for verb, statement in TRIES.items():
        yield verb, sql.SQL(statement).format(table=name, nothing=nothing)
    for column in columns:
        statement = "UPDATE {} SET {} = DEFAULT WHERE false"
        yield f"UPDATE {column}", sql.SQL(statement).format(name, sql.Identifier(column))


def _may(connection: psycopg.Connection, statement: sql.SQL | sql.Composed) -> bool:
    """Whether the server lets the role; whatever else it says, it would have."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except InsufficientPrivilege:
        return False
    return True


def _expected(process: str, table: str, columns: list[str]) -> set[str]:
    schema = table.partition(".")[0]
    if table not in TABLES and schema not in SCHEMAS:
        pytest.fail(f"Nobody has decided who may do what to {table}.")
    if table in TABLES:
        return {what for what, processes in TABLES[table].items() if process in processes}
    if process not in SCHEMAS[schema]:
        return {"SELECT"} if process in READ_BY.get(table, ()) else set()
    return {"SELECT", "INSERT", "DELETE", *(f"UPDATE {column}" for column in columns)}
