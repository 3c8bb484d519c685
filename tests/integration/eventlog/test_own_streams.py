"""A service appends to its own streams, and notes only what is its own in the tables that services share."""

from collections.abc import Callable, Iterator
from uuid import UUID

import psycopg.errors
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from uuid_utils.compat import uuid7

from deploy.database.rights import STREAM_TYPES
from deploy.stack import SERVICES
from shared.eventlog import log
from shared.eventlog.log import New
from shared.eventlog.pruning import forget_commands
from tests.integration.eventlog.given import ORIGIN, PROVIDER, history, register, registered, size
from tests.support.database_roles import engine_of

As = Callable[[str], Engine]
NOTES = {
    "commands": "INSERT INTO eventlog.commands VALUES ('{}.submit staff 1', 'x', '')",
    "inbox": "INSERT INTO eventlog.inbox VALUES ('{}.request_accepted', gen_random_uuid())",
    "subscriptions": "INSERT INTO eventlog.subscriptions VALUES ('{}.request_accepted', 0, 1)",
}


@pytest.fixture
def connected_as(database_url: str) -> Iterator[As]:
    """Engines of processes, by their names."""
    engines: dict[str, Engine] = {}

    def engine(process: str) -> Engine:
        return engines.setdefault(process, engine_of(process, database_url))

    yield engine
    for each in engines.values():
        each.dispose()


def append(engine: Engine, stream_type: str, *, stream_id: UUID | None = None, version: int = 1) -> None:
    new = New(stream_type, stream_id or uuid7(), version, PROVIDER, None, registered(uuid7()))
    with engine.begin() as connection:
        log.append(connection, ORIGIN, [new])


def refused(engine: Engine, stream_type: str, **place: object) -> bool:
    with pytest.raises(ProgrammingError) as refusal:
        append(engine, stream_type, **place)
    return isinstance(refusal.value.orig, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize("process", [*SERVICES, "relay", "operator"])
def test_each_service_appends_to_streams_of_its_own_types_alone(
    process: str, connected_as: As, database: Engine
):
    engine, own = connected_as(process), STREAM_TYPES.get(process, ())
    for owner, stream_types in STREAM_TYPES.items():
        for stream_type in stream_types:
            if owner != process:
                assert refused(engine, stream_type)
    assert refused(engine, "of nobody")
    for stream_type in own:
        append(engine, stream_type)
    assert size(database) == len(own)
    with database.connect() as connection:
        assert log.head(connection, log.partition_of(database, PROVIDER)).position == len(own)


def test_nobody_continues_the_stream_of_another_as_one_of_their_own(connected_as: As, database: Engine):
    company_id = register(connected_as("customers"))
    assert refused(connected_as("requests"), "request", stream_id=company_id, version=2)
    assert len(history(database, company_id)) == 1


@pytest.mark.parametrize("table", NOTES)
def test_services_neither_write_nor_see_what_others_note(table: str, connected_as: As, database: Engine):
    note, count = NOTES[table], text(f"SELECT count(*) FROM eventlog.{table}")
    for process in ("orders", "invitation"):
        with connected_as(process).begin() as connection:
            connection.execute(text(note.format(process)))
    with connected_as("orders").begin() as connection, pytest.raises(ProgrammingError, match="row-level"):
        connection.execute(text(note.format("invitation")))
    with connected_as("orders").connect() as connection:
        assert connection.execute(count).scalar_one() == 1
    with database.connect() as connection:
        assert connection.execute(count).scalar_one() == 2


def test_the_relay_forgets_old_commands_of_all_services(connected_as: As, database: Engine):
    for process in ("orders", "invitation"):
        with connected_as(process).begin() as connection:
            connection.execute(text(NOTES["commands"].format(process)))
    with database.begin() as connection:
        connection.execute(text("UPDATE eventlog.commands SET recorded_at = now() - interval '8 days'"))
    assert forget_commands(connected_as("relay")) == 2
