"""The streams, writers and waiting that the log's tests share."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from uuid_utils.compat import uuid7

from shared.contracts.codec import to_plain
from shared.contracts.customers import CompanyRegistered, CompanyUpdated
from shared.contracts.declare import Event
from shared.contracts.position import Position
from shared.contracts.stream import StreamType
from shared.eventlog import log
from shared.eventlog.log import Origin
from shared.eventlog.recorded import Recorded
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Unit, unit_of_work

DEFAULT_PARTITIONS = 8
_APPEND_AS_ONCE = text(
    """
    WITH counter AS (
        UPDATE eventlog.partitions SET head = head + 1 WHERE partition = :partition RETURNING head
    )
    INSERT INTO eventlog.events (
           partition, position, event_id, stream_type, stream_id, version, type, schema_version, provider_id,
           company_id, payload, correlation_id, causation_id, actor, recorded_at)
    SELECT :partition, head, gen_random_uuid(), :stream_type, :stream_id, :version, :event_type, 1,
           :provider_id, :company_id, CAST(:payload AS jsonb), gen_random_uuid(), gen_random_uuid(),
           '{"kind": "staff"}', clock_timestamp()
      FROM counter
    """
)
Result = TypeVar("Result")
Names = tuple[str, ...]

BOUND_S = 20.0
PROVIDER = UUID("0195a1b2-0000-7000-8000-0000000000a1")
OTHER_PROVIDER = UUID("0195a1b2-0000-7000-8000-0000000000b2")
ORIGIN = Origin(
    correlation_id=UUID("0195a1b2-0000-7000-8000-00000000c0de"),
    causation_id=UUID("0195a1b2-0000-7000-8000-00000000ca05"),
    actor={"kind": "staff", "name": "Jörg Müßig"},
)


def _evolve(names: Names | None, event: Event) -> Names | None:
    match event:
        case CompanyRegistered(name=name) | CompanyUpdated(name=name):
            return (*(names or ()), name)
    return names


COMPANY: StreamType[Names] = StreamType("company", _evolve)
SITE: StreamType[Names] = StreamType("site", _evolve)


def registered(company_id: UUID, *, name: str = "Bäckerei Öztürk") -> CompanyRegistered:
    return CompanyRegistered(company_id=company_id, name=name)


def updated(company_id: UUID, *, name: str = "Bäckerei Öztürk & Söhne") -> CompanyUpdated:
    return CompanyUpdated(company_id=company_id, name=name)


def begin(unit: Unit, company_id: UUID, *, provider_id: UUID = PROVIDER) -> None:
    """Begin a company's stream with its first event, not yet appended."""
    stream = unit.new(COMPANY, company_id, provider_id=provider_id, company_id=company_id)
    stream.create(lambda: registered(company_id))


def open_transaction(unit: Unit) -> Connection:
    """Begin the unit's transaction as a service does that reads or writes a table of its own."""
    unit.connection.execute(text("SELECT 1"))
    return unit.connection


def register(engine: Engine, *, provider_id: UUID = PROVIDER, company_id: UUID | None = None) -> UUID:
    """Commit a new company's stream of one event; returns its id."""
    company_id = company_id or uuid7()
    with unit_of_work(engine, Scope(provider_id)) as unit:
        begin(unit, company_id, provider_id=provider_id)
        unit.commit(ORIGIN)
    return company_id


def commit_as_once(unit: Unit) -> None:
    """Append what was decided as the portal did before it encrypted personal data, and commit."""
    for new in unit.pending:
        values = {**vars(new), "event_type": new.event.type, "payload": json.dumps(to_plain(new.event))}
        del values["event"]
        partition = new.provider_id.int % DEFAULT_PARTITIONS
        unit.connection.execute(_APPEND_AS_ONCE, values | {"partition": partition})
    unit.close()


def rename(engine: Engine, company_id: UUID, name: str, *, provider_id: UUID = PROVIDER) -> Position | None:
    """Load a company's stream and append one more event to it."""
    with unit_of_work(engine, Scope(provider_id)) as unit:
        unit.stream(COMPANY, company_id).decide(lambda names: updated(company_id, name=name))
        return unit.commit(ORIGIN)


def history(engine: Engine, company_id: UUID) -> list[Recorded]:
    with engine.connect() as connection:
        return log.load(connection, company_id, COMPANY.name)


def size(engine: Engine) -> int:
    """How many events the whole log holds."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM eventlog.events")).scalar_one()


def waiting_for_a_lock(connection: Connection) -> int:
    """How many sessions of this database wait for another one's lock."""
    count: int = connection.execute(
        text(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    ).scalar_one()
    connection.rollback()
    return count


def at_once(count: int, work: Callable[[int], Result]) -> list[Result | Exception]:
    """Call `work(0)` to `work(count - 1)` in threads let go together; what they raise is returned too."""
    gate = threading.Barrier(count)

    def run(number: int) -> Result | Exception:
        gate.wait(BOUND_S)
        try:
            return work(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def eventually(condition: Callable[[], Any], *, within: float = BOUND_S) -> Any:
    """Ask again and again until `condition()` is true, and return what it gave."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not (met := condition()):
        assert time.monotonic() < deadline, f"not so within {within} s"
        pause.wait(0.005)
    return met
