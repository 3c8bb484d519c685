"""A copy is there as a whole or not at all, and who makes it is told what it lacks."""

import json
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
from sqlalchemy import Engine, text

from tests.integration.portalctl.commands import Portalctl
from tests.integration.portalctl.copies import break_off, fill, path
from tests.support.waiting import wait_until

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock'"
    " AND datname = current_database()"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


def test_a_copy_is_for_its_owner_alone(here: Portalctl, database: Engine, copy: Path):
    fill(here, database)
    made = here.json("backup", str(copy))
    assert made == {"folder": str(copy), "files": 1, "missing_files": []}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    assert stat.S_IMODE((copy / "database.dump").stat().st_mode) == 0o600


def test_a_folder_that_is_there_is_not_touched(here: Portalctl, copy: Path):
    copy.mkdir()
    assert "name a new folder" in here.run("backup", str(copy)).stderr
    (copy / "file").touch()
    assert here.run("backup", str(copy / "file" / "copy")).stderr.startswith("Error: ")
    assert [file.name for file in copy.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["DATABASE_URL", "PORTAL_FILES"])
def test_a_copy_that_can_not_be_made_leaves_no_folder(here: Portalctl, copy: Path, name: str):
    given = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/portal", "PORTAL_FILES": "files"}
    assert here.run("backup", str(copy), **{name: given[name]}).returncode
    assert not copy.exists()


def test_a_copy_that_fails_on_the_way_leaves_no_folder(here: Portalctl, database: Engine, copy: Path):
    break_off(path(here, fill(here, database)))
    failed = here.run("backup", str(copy))
    assert failed.returncode == 1
    assert "The files can't be copied: " in failed.stderr
    assert "Too many levels of symbolic links" in failed.stderr
    assert not copy.exists()


def test_a_copy_that_is_interrupted_leaves_no_folder(here: Portalctl, database: Engine, copy: Path):
    with _under_way(here, database, copy) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 1
        assert not copy.exists()


def test_what_a_killed_backup_leaves_is_not_taken_for_a_copy(
    here: Portalctl, there: Portalctl, database: Engine, copy: Path
):
    with _under_way(here, database, copy) as process:
        process.kill()
        process.wait()
    assert "it is no copy, or not a finished one" in there.run("restore", str(copy)).stderr


@pytest.mark.parametrize("damaged", [False, True])
def test_files_that_are_missing_or_damaged_are_named_and_the_rest_is_copied(
    here: Portalctl, there: Portalctl, database: Engine, copy: Path, damaged: bool
):
    location = fill(here, database)
    path(here, location).write_bytes(b"%PDF-1.5") if damaged else path(here, location).unlink()
    for portal, command, where in ((here, "backup", "the file store"), (there, "restore", "the copy")):
        done = portal.run(command, str(copy), "--json")
        assert done.returncode == 1
        assert f"1 are not in {where}, or damaged there: {location}." in done.stderr
        assert json.loads(done.stdout)["missing_files"] == [location]


@contextmanager
def _under_way(portal: Portalctl, database: Engine, copy: Path) -> Iterator[Popen[str]]:
    """A backup that waits for a table."""

    def waits() -> bool:
        with database.connect() as connection:
            return bool(connection.execute(_WAITING).scalar())

    with database.connect() as holder:
        holder.execute(text("LOCK TABLE eventlog.events"))
        process = portal.start("backup", str(copy))
        wait_until(waits, what="the backup waits")
        yield process
