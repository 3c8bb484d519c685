"""The sweep removes old files that nothing refers to, and never one that somebody is about to refer to."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, event

from services.documents import tables
from services.documents.sweep import OLD_ENOUGH, ROUND_EVERY, sweep
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from shared.files.location import Owner
from shared.files.store import FileStore
from shared.identity.tokens import now
from tests.support.waiting import wait_until

OWNER = Owner(UUID(int=1), UUID(int=2))
YOUNG, OLD = timedelta(hours=23), OLD_ENOUGH + timedelta(minutes=1)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path.as_uri())


def put(files: FileStore, content: str, owner: Owner = OWNER) -> str:
    return owner.location(files.put(owner, [content.encode()], limit=100).sha256)


def attach(engine: Engine, location: str) -> None:
    with engine.begin() as connection:
        connection.execute(tables.attachments.insert().values(attachment_id=uuid4(), location=location))


def publish(engine: Engine, location: str) -> None:
    row = {"document_id": uuid4(), "provider_id": uuid4(), "company_id": uuid4(), "kind": "offer"}
    with engine.begin() as connection:
        connection.execute(tables.documents.insert().values(**row, number="A-1", location=location))


def rounds(engine: Engine, files: FileStore, *, age: timedelta, limit: int, count: int) -> list[int]:
    """What `count` rounds, each as soon as it is due, delete when the files are `age` old."""
    at = now() + age
    return [sweep(engine, files, now=at + ROUND_EVERY * number, limit=limit) for number in range(count)]


def test_only_old_files_without_a_reference_are_removed(database: Engine, files: FileStore):
    orphan, attached, published = (put(files, name) for name in ("orphan", "attached", "published"))
    attach(database, attached)
    publish(database, published)
    assert sweep(database, files, now=now() + YOUNG) == 0
    assert sweep(database, files, now=now() + OLD) == 1
    assert set(files.locations()) == {attached, published}
    assert orphan not in files.locations()


def test_a_reference_of_one_owner_keeps_no_file_of_another(database: Engine, files: FileStore):
    mine, theirs = put(files, "same"), put(files, "same", Owner(UUID(int=1), UUID(int=3)))
    attach(database, mine)
    assert sweep(database, files, now=now() + OLD) == 1
    assert list(files.locations()) == [mine] != [theirs]


def test_leftovers_of_killed_uploads_are_removed(database: Engine, files: FileStore, tmp_path: Path):
    leftover = tmp_path / "incoming" / uuid4().hex
    leftover.parent.mkdir()
    leftover.write_text("half of it")
    assert sweep(database, files, now=now() + YOUNG) == 0
    assert sweep(database, files, now=now() + OLD) == 1
    assert not leftover.exists()


def test_a_round_goes_on_where_the_last_one_ended_and_begins_anew_at_the_end(
    database: Engine, files: FileStore
):
    for number in range(25):
        put(files, str(number), Owner(UUID(int=number % 3), UUID(int=number)))
    assert rounds(database, files, age=OLD, limit=10, count=3) == [10, 10, 5]
    put(files, "later", Owner(UUID(int=0), UUID(int=0)))
    assert rounds(database, files, age=OLD * 2, limit=10, count=1) == [1]


def test_a_round_is_done_once_however_many_processes_are_due(database: Engine, files: FileStore):
    for number in range(20):
        put(files, str(number))
    at = now() + OLD
    with ThreadPoolExecutor(8) as processes:
        done = list(processes.map(lambda _: sweep(database, files, now=at, limit=10), range(8)))
    assert sorted(done) == [0] * 7 + [10]
    assert sweep(database, files, now=at + ROUND_EVERY, limit=10) == 10


def test_a_stopped_round_leaves_the_rest_to_the_next(database: Engine, files: FileStore):
    for number in range(3):
        put(files, str(number))
    answers = iter([False, True])
    at = now() + OLD
    assert sweep(database, files, now=at, stopped=lambda: next(answers)) == 1
    assert sweep(database, files, now=at + ROUND_EVERY) == 2


def while_swept(engine: Engine, files: FileStore, location: str, then: Callable[[], None]) -> int:
    """Sweep while somebody holds the file, who does `then` when the sweep waits for them; what it deleted."""
    deleted: list[int] = []
    sweeping = threading.Thread(target=lambda: deleted.append(sweep(engine, files, now=_at())))
    with unit_of_work(engine, Scope.EVERYTHING) as unit:
        unit.hold(f"file {location}", shared=True)
        sweeping.start()
        wait_until(lambda: _waits_for_a_lock(engine), what="the sweep waits")
        then()
        unit.close()
    sweeping.join()
    return deleted[0]


def _at() -> datetime:
    return now() + OLD


def _waits_for_a_lock(engine: Engine) -> bool:
    with engine.connect() as connection:
        waiting = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(waiting.scalar_one())


def test_a_file_that_is_being_registered_is_kept(database: Engine, files: FileStore):
    location = put(files, "x")
    assert while_swept(database, files, location, lambda: attach(database, location)) == 0
    assert list(files.locations()) == [location]


def test_a_file_whose_registration_came_to_nothing_is_removed(database: Engine, files: FileStore):
    location = put(files, "x")
    assert while_swept(database, files, location, lambda: None) == 1


def test_a_file_that_somebody_else_removed_meanwhile_is_no_error(database: Engine, files: FileStore):
    location = put(files, "x")
    assert while_swept(database, files, location, lambda: files.delete(location)) == 0


def test_a_round_over_many_files_asks_the_database_little(database: Engine, files: FileStore):
    locations = [put(files, str(number)) for number in range(1_200)]
    with database.begin() as connection:
        rows = [{"attachment_id": uuid4(), "location": location} for location in locations]
        connection.execute(tables.attachments.insert(), rows)
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert sweep(database, files, now=now() + OLD) == 0
    assert len(statements) < 12
