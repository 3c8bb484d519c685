"""A copy of the portal becomes another one with the same log and files; mails that were due are held."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from services.notifications.tables import deliveries, held
from shared.eventlog.tables import events
from tests.integration.portalctl.commands import Portalctl
from tests.integration.portalctl.copies import EVENTS, FILE, break_off, fill, put, rows, store

_RIGHTS = text("SELECT has_schema_privilege('mfr_notifications', 'notifications', 'USAGE')")
_SET_VERSION = text(
    "UPDATE alembic_version SET version_num = :version WHERE starts_with(version_num, 'notifications')"
)


@pytest.fixture
def location(here: Portalctl, database: Engine) -> str:
    """Where the one file lies of a portal in which something has happened."""
    return fill(here, database)


@pytest.fixture
def copy(here: Portalctl, location: str, tmp_path: Path) -> str:
    here.json("backup", str(tmp_path / "copy"))
    return str(tmp_path / "copy")


def test_a_copy_becomes_a_portal_with_the_same_log_and_files_that_sends_nothing_twice(
    there: Portalctl, database: Engine, empty: Engine, copy: str, location: str
):
    restored = there.json("restore", copy)
    assert (restored["files"], restored["held_mails"], restored["heads"]["0"]) == (1, 1, EVENTS)
    assert rows(empty, events) == rows(database, events)
    assert list(store(there).chunks(location)) == [FILE]
    _must_be_held(empty)
    assert _has_rights(empty)
    assert "The database is not empty" in there.run("restore", copy).stderr


def test_a_file_store_that_is_not_empty_is_taken_only_where_that_is_said(
    there: Portalctl, empty: Engine, copy: str, location: str
):
    other = put(there, b"of another portal")
    assert "The file store is not empty" in there.run("restore", copy).stderr
    assert there.json("restore", copy, "--keep-files")["files"] == 1
    assert set(store(there).locations()) == {location, other}


def test_a_copy_of_an_earlier_release_is_brought_up_to_date_before_its_mails_are_held(
    here: Portalctl, there: Portalctl, database: Engine, empty: Engine, location: str, tmp_path: Path
):
    _set_back(database)
    copy = str(tmp_path / "copy")
    here.json("backup", copy)
    there.json("restore", copy)
    _must_be_held(empty)


def test_a_copy_of_a_later_release_is_refused(
    here: Portalctl, there: Portalctl, database: Engine, location: str, tmp_path: Path
):
    with database.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = 'later' WHERE version_num ~ '^orders'")
        )
    copy = str(tmp_path / "copy")
    here.json("backup", copy)
    refused = there.run("restore", copy)
    assert refused.stderr.startswith("Error: The database needs a newer release than this one: ")


def test_a_copy_whose_dump_ends_early_leaves_the_database_empty(there: Portalctl, copy: str):
    dump = Path(copy) / "database.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1])
    assert there.run("restore", copy).stderr.startswith("Error: pg_restore failed: ")
    dump.write_bytes(whole)
    there.json("restore", copy)


def test_before_all_is_there_mails_are_held_and_no_service_has_rights(
    there: Portalctl, empty: Engine, copy: str, location: str
):
    break_off(Path(copy) / "files" / location)
    assert "The files can't be copied" in there.run("restore", copy).stderr
    _must_be_held(empty)
    assert not _has_rights(empty)


def test_a_folder_without_a_database_is_no_copy(there: Portalctl, tmp_path: Path):
    assert "holds no database.dump" in there.run("restore", str(tmp_path)).stderr


def _must_be_held(engine: Engine) -> None:
    [mail] = rows(engine, deliveries)
    assert (mail.state, mail.error) == ("skipped", "restored")
    assert {row.position for row in rows(engine, held) if row.partition == 0} == {EVENTS}


def _has_rights(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(_RIGHTS).scalar())


def _set_back(engine: Engine) -> None:
    """Have the schema be that of the release before mails were held."""
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE notifications.held"))
        connection.execute(_SET_VERSION, {"version": "notifications_001"})
