"""Damage to the log, done as somebody does it who owns the database and turns the triggers off."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text

from shared.contracts.position import Position
from shared.eventlog.chain import COLUMNS, Link, follows
from shared.eventlog.findings import Findings
from shared.eventlog.reading import Selection
from shared.eventlog.verification import verify

EVERYTHING = Selection()
_AT = "partition = :partition AND position = :position"


@contextmanager
def tampering(engine: Engine) -> Iterator[Connection]:
    """A transaction in which no trigger fires."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection


def change(connection: Connection, at: Position, assignment: str, **values: Any) -> None:
    """Set columns of one event, as `assignment` says in SQL."""
    statement = text(f"UPDATE eventlog.events SET {assignment} WHERE {_AT}")
    assert connection.execute(statement, values | at._asdict()).rowcount == 1


def remove(connection: Connection, at: Position) -> None:
    assert connection.execute(text(f"DELETE FROM eventlog.events WHERE {_AT}"), at._asdict()).rowcount == 1


def put_in(connection: Connection, original: Position, position: int, version: int) -> Position:
    """A forged event in the stream of `original`, with all the hashes that it should have."""
    connection.execute(
        text(
            f"""
            INSERT INTO eventlog.events
            SELECT partition, :new, gen_random_uuid(), stream_type, stream_id, :version, type, schema_version,
                   provider_id, company_id, '{{"forged": true}}', correlation_id, causation_id, actor,
                   command_id, recorded_at, '', ''
              FROM eventlog.events WHERE {_AT}
            """
        ),
        original._asdict() | {"new": position, "version": version},
    )
    at = Position(original.partition, position)
    hash_anew(connection, at)
    return at


def hash_anew(connection: Connection, at: Position) -> None:
    """Give an event the hashes that it should have, as it is now and behind the event that it now follows."""
    forged = link(connection, at)
    previous = connection.execute(
        text("SELECT hash FROM eventlog.events WHERE stream_id = :id AND version = :version"),
        {"id": forged.stream.id, "version": forged.version - 1},
    ).scalar_one_or_none()
    before = previous or forged.stream.genesis
    change(
        connection,
        at,
        "previous_hash = :before, hash = :hash",
        before=before,
        hash=follows(before, forged.text),
    )


def link(connection: Connection, at: Position) -> Link:
    statement = text(f"SELECT {COLUMNS} FROM eventlog.events AS e WHERE {_AT}")
    return Link.of(connection.execute(statement, at._asdict()).one())


def found(engine: Engine, selection: Selection = EVERYTHING) -> list[tuple[str, str]]:
    """What is wrong, and where."""
    findings = Findings()
    verify(engine, selection, findings, lambda more: None)
    return [(finding.damage.value, finding.place) for finding in findings.all()]
