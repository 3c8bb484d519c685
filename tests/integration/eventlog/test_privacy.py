"""Personal data lies in the log encrypted, and is read as long as the key of its person is there."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from shared.contracts.codec import as_recorded, from_plain
from shared.contracts.declare import ERASED, SEALED, Event
from shared.contracts.examples import example
from shared.contracts.stream import StreamType
from shared.database.engine import connect
from shared.eventlog import log, reading, rewrapping, subject_keys
from shared.eventlog.log import New
from shared.eventlog.reading import Selection
from shared.eventlog.recorded import UnknownEvent
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from shared.identity import master_keys
from shared.identity.master_keys import MasterKeyMissing, MasterKeys
from tests.integration.eventlog.given import (
    BOUND_S,
    ORIGIN,
    PROVIDER,
    at_once,
    begin,
    commit_as_once,
    eventually,
    history,
    open_transaction,
    register,
    registered,
    rename,
    updated,
    waiting_for_a_lock,
)
from tests.integration.eventlog.tampering import change, found, tampering
from tests.unit.contracts.declarations import ALL_EVENTS

WORD, PLACE = "Zwetschgendatschi", 47.110815
PERSONAL = [declared for declared in ALL_EVENTS if declared.personal]
SAMPLE: StreamType[Any] = StreamType("sample", lambda state, _event: state)


def telling(declared: type[Event]) -> Event:
    """An event of the type in which every personal field says something unmistakable."""
    said = {name: PLACE if "tude" in name else f"{WORD} {name}" for name in declared.personal}
    return from_plain(declared, example(declared) | said)


def append(engine: Engine, events: list[Event]) -> UUID:
    stream_id, company_id = uuid7(), uuid7()
    new = [
        New(SAMPLE.name, stream_id, version, PROVIDER, company_id, event)
        for version, event in enumerate(events, start=1)
    ]
    with engine.begin() as connection:
        log.append(connection, ORIGIN, new)
    return stream_id


def stored(engine: Engine) -> list[Any]:
    """The payloads as they lie in the log."""
    with engine.connect() as connection:
        order = "ORDER BY partition, position"
        return list(connection.execute(text(f"SELECT payload FROM eventlog.events {order}")).scalars())


def erase(engine: Engine, subject: UUID) -> None:
    with engine.begin() as connection:
        subject_keys.erase(connection, subject)


def keys(engine: Engine) -> dict[UUID, bytes | None]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT subject_id, wrapped_key FROM eventlog.subject_keys"))
        return {row.subject_id: row.wrapped_key for row in rows}


def names(engine: Engine, company_id: UUID) -> list[str]:
    return [recorded.event.name for recorded in history(engine, company_id)]


@pytest.fixture
def own_keys(database_url: str, keys: Path, tmp_path: Path) -> Engine:
    """An engine whose master keys are the test's own, in `tmp_path / "keys"`."""
    folder = shutil.copytree(keys, tmp_path / "keys")
    engine = connect(database_url, name="own keys", keys=folder)
    yield engine
    engine.dispose()


def test_no_personal_field_of_any_event_lies_in_the_log_in_the_clear(database: Engine):
    events = [telling(declared) for declared in PERSONAL]
    stream_id = append(database, events)
    in_the_log = json.dumps(stored(database), ensure_ascii=False)
    assert WORD not in in_the_log
    assert str(PLACE) not in in_the_log
    with database.connect() as connection:
        assert [recorded.event for recorded in log.load(connection, stream_id, SAMPLE.name)] == events


def test_every_event_of_an_erased_person_can_still_be_read_and_says_nothing(database: Engine):
    events = [telling(declared) for declared in PERSONAL]
    stream_id = append(database, events)
    for subject in keys(database):
        erase(database, subject)
    with database.connect() as connection:
        for recorded in log.load(connection, stream_id, SAMPLE.name):
            declared = type(recorded.event)
            left = {name: getattr(recorded.event, name) for name in declared.personal}
            assert left == declared.tombstones
            assert as_recorded(declared, dict(recorded.payload)) is not None
            assert set(left.values()) <= {ERASED, None}
    assert found(database) == []


def test_a_process_that_has_read_a_person_can_not_once_they_are_erased(database: Engine):
    company_id, other = register(database), register(database)
    assert names(database, company_id) == ["Bäckerei Öztürk"]
    erase(database, company_id)
    assert names(database, company_id) == [ERASED]
    latest = [recorded.event.name for recorded in reading.latest(database, Selection(), 2)]
    assert latest == [ERASED, "Bäckerei Öztürk"]
    assert names(database, other) == ["Bäckerei Öztürk"]


def test_what_happens_to_an_erased_person_leaves_nothing_either(database: Engine):
    company_id = register(database)
    erase(database, company_id)
    rename(database, company_id, WORD)
    assert names(database, company_id) == [ERASED, ERASED]
    assert SEALED in stored(database)[0]
    assert stored(database)[1] == {"company_id": str(company_id), "name": ERASED, "number": None}
    assert keys(database) == {company_id: None}


def test_who_was_erased_before_anything_was_known_of_them_gets_no_key(database: Engine):
    company_id = uuid7()
    erase(database, company_id)
    register(database, company_id=company_id)
    assert names(database, company_id) == [ERASED]
    assert keys(database) == {company_id: None}


def test_to_erase_somebody_twice_is_to_erase_them_once(database: Engine):
    company_id = register(database)
    with database.begin() as connection:
        first, second = (subject_keys.erase(connection, company_id) for _ in range(2))
    assert first == second


def test_writers_that_meet_at_a_new_person_use_one_key(crowd: Engine):
    company_id = uuid7()

    def write(number: int) -> UUID:
        stream_id = uuid7()
        named = registered(company_id, name=f"Writer {number}")
        with crowd.begin() as connection:
            log.append(connection, ORIGIN, [New("company", stream_id, 1, PROVIDER, company_id, named)])
        return stream_id

    streams = at_once(20, write)
    assert [names(crowd, stream_id) for stream_id in streams] == [[f"Writer {n}"] for n in range(20)]
    assert len(keys(crowd)) == 1


def test_who_is_forgotten_while_somebody_new_gets_a_key_is_not_taken_for_erased(database: Engine):
    known, new = register(database), uuid7()
    both = [
        New("company", known, 2, PROVIDER, known, updated(known, name="renamed")),
        New("company", new, 1, PROVIDER, new, registered(new)),
    ]

    def write() -> None:
        with database.begin() as connection:
            log.append(connection, ORIGIN, both)

    with ThreadPoolExecutor(1) as threads, database.connect() as watch, database.connect() as other:
        subject_keys.erase(other, new)
        writing = threads.submit(write)
        eventually(lambda: waiting_for_a_lock(watch) == 1)
        subject_keys.forget(watch, [str(known)])
        other.rollback()
        writing.result(BOUND_S)
    assert names(database, known) == ["Bäckerei Öztürk", "renamed"]


def test_a_key_of_a_transaction_that_was_undone_is_never_used(database: Engine):
    company_id = uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        open_transaction(unit)
        begin(unit, company_id)
        unit.append(ORIGIN)
    assert keys(database) == {}
    register(database, company_id=company_id)
    with connect(str(database.url.render_as_string(hide_password=False)), name="other").connect() as other:
        [recorded] = log.load(other, company_id, "company")
    assert recorded.event.name == "Bäckerei Öztürk"


def test_what_was_sealed_for_one_person_can_not_be_passed_off_as_anothers(database: Engine):
    company_id, other = register(database), register(database)
    [mine, theirs] = (history(database, each)[0] for each in (company_id, other))
    forged = json.loads(json.dumps(stored(database)[0]).replace(str(company_id), str(other)))
    with tampering(database) as connection:
        change(connection, theirs.at, "payload = CAST(:payload AS jsonb)", payload=json.dumps(forged))
    with pytest.raises(UnknownEvent, match="still sealed"):
        names(database, other)
    assert mine.event.name == "Bäckerei Öztürk"


def test_events_from_before_the_encryption_are_read_as_they_are(database: Engine):
    company_id = uuid7()
    with unit_of_work(database, Scope(PROVIDER)) as unit:
        begin(unit, company_id)
        commit_as_once(unit)
    rename(database, company_id, "later")
    assert names(database, company_id) == ["Bäckerei Öztürk", "later"]
    assert [SEALED in payload for payload in stored(database)] == [False, True]


def test_nothing_personal_is_appended_without_a_master_key(own_keys: Engine, tmp_path: Path):
    (tmp_path / "keys" / "personal-1.key").unlink()
    with pytest.raises(MasterKeyMissing, match=r"personal-1\.key"):
        register(own_keys)
    assert stored(own_keys) == []


def test_with_another_master_key_nothing_is_read_and_nothing_taken_for_erased(
    own_keys: Engine, database: Engine, tmp_path: Path
):
    company_id = register(database)
    (tmp_path / "keys" / "personal-1.key").write_text("00" * master_keys.KEY_BYTES)
    with pytest.raises(MasterKeyMissing, match="not the key that it was"):
        names(own_keys, company_id)
    with pytest.raises(MasterKeyMissing, match="not the key that it was"):
        append(own_keys, [updated(company_id)])


def test_a_folder_that_can_not_be_looked_into_is_a_missing_key(tmp_path: Path):
    with pytest.raises(MasterKeyMissing, match="too long"):
        MasterKeys(tmp_path / ("k" * 300)).newest()


def test_the_master_key_changes_while_others_read_and_write(own_keys: Engine, tmp_path: Path):
    folder = tmp_path / "keys"
    before, erased = [register(own_keys) for _ in range(3)], register(own_keys)
    erase(own_keys, erased)
    assert master_keys.add(folder) == 2
    amid = register(own_keys)
    rewrapping.rewrap(own_keys, MasterKeys(folder), 2, lambda _: None)
    assert rewrapping.used(own_keys) == {2: 4}
    (folder / "personal-1.key").unlink()
    for company_id in (*before, amid):
        rename(own_keys, company_id, "after")
        assert names(own_keys, company_id) == ["Bäckerei Öztürk", "after"]
    assert names(own_keys, erased) == [ERASED]


def test_a_person_either_has_a_key_or_is_erased(database: Engine):
    register(database)
    for columns in ("erased_at = now()", "master_key = NULL, wrapped_key = NULL"):
        with database.begin() as connection, pytest.raises(DBAPIError, match="subject_keys_erased"):
            connection.execute(text(f"UPDATE eventlog.subject_keys SET {columns}"))
