"""A database recovered from a base backup and the archived write-ahead log becomes a portal that goes on."""

import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import make_url

from deploy.servers import PostgreSQL, postgres_user
from deploy.servers.packages import ensure_postgresql
from deploy.servers.ports import free_port
from deploy.servers.settings import write_secret
from tests.faults.oracle import judge
from tests.faults.other_portal import OtherPortal, events_in
from tests.faults.trial import DATABASE, PATIENCE_S, Trial
from tests.support.mail import catching
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


@pytest.fixture
def place(trial: Trial) -> Path:
    """A folder that PostgreSQL's account can write to."""
    folder = trial.folder / f"recovery_{secrets.token_hex(4)}"
    folder.mkdir()
    postgres_user.hand_over(folder)
    return folder


@pytest.fixture
def archive(trial: Trial, place: Path) -> Iterator[Path]:
    """Where the write-ahead log goes as long as the test runs."""
    folder = place / "archive"
    folder.mkdir()
    postgres_user.hand_over(folder)
    _set(trial, archive_mode="on", archive_command=f"test ! -f {folder}/%f && cp %p {folder}/%f")
    yield folder
    _set(trial, archive_mode="off", archive_command="")


@pytest.mark.parametrize("to_the_end", [False, True], ids=["to a moment", "to the end"])
def test_a_portal_recovered_from_the_archive_goes_on_without_a_doubled_mail_or_position(
    trial: Trial, place: Path, archive: Path, tmp_path: Path, seed: int, to_the_end: bool
) -> None:
    with trial.load(seed):
        trial.some_work()
        _base_backup(trial.postgresql, place / "data")
        trial.some_work()
        moment = _now(trial)
        trial.some_work()
    judge(trial)
    _archive_the_rest(trial)

    before = events_in(trial.database_url)
    with (
        _recovered(trial.postgresql, place, archive, None if to_the_end else moment) as server,
        catching(tmp_path / "mail") as mails,
    ):
        other = OtherPortal(trial, server.uri(DATABASE), mails, tmp_path)
        copied = other.events()
        assert copied == {at: event for at, event in before.items() if at in copied}
        assert (len(copied) == len(before)) is to_the_end
        if not to_the_end:
            other.portalctl.json("mails", "hold")
        other.must_go_on()


def _base_backup(server: PostgreSQL, target: Path) -> None:
    """A copy of the data directory, made while everybody works."""
    done = subprocess.run(
        [
            *["setpriv", *postgres_user.switch(), str(ensure_postgresql() / "pg_basebackup")],
            *[f"--dbname={server.uri('postgres')}", f"--pgdata={target}", "--checkpoint=fast"],
        ],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _now(trial: Trial) -> datetime:
    with _administrator(trial) as connection:
        (now,) = connection.execute("SELECT clock_timestamp()").fetchone() or ()
    assert isinstance(now, datetime)
    return now


def _archive_the_rest(trial: Trial) -> None:
    """Close the log's last file and wait until it is in the archive."""
    with _administrator(trial) as connection:
        (last,) = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone() or ()

        def is_archived() -> bool:
            row = connection.execute(
                "SELECT last_archived_wal >= %s FROM pg_stat_archiver", [last]
            ).fetchone()
            return bool(row and row[0])

        wait_until(is_archived, what="the log is archived", timeout=PATIENCE_S)


@contextmanager
def _recovered(
    original: PostgreSQL, place: Path, archive: Path, moment: datetime | None
) -> Iterator[PostgreSQL]:
    """Another server, on the base backup in `place`, when it has read the archive to a moment or its end."""
    # The accounts came with the data; the port must be another one.
    password = make_url(original.uri()).password
    write_secret(place / "postgresql.json", json.dumps({"port": free_port(), "password": password}))
    settings = {"restore_command": f"cp {archive}/%f %p", "recovery_target_action": "promote"}
    if moment:
        settings["recovery_target_time"] = moment.isoformat()
    with (place / "data" / "postgresql.auto.conf").open("a") as file:
        file.writelines(
            f"{name} = '{value}'\n" for name, value in {**settings, "archive_mode": "off"}.items()
        )
    (place / "data" / "recovery.signal").touch()
    server = PostgreSQL(place)
    server.start(PATIENCE_S)
    try:
        wait_until(lambda: _is_itself(server), what="the recovery has ended", timeout=PATIENCE_S)
        yield server
    finally:
        server.remove()


def _is_itself(server: PostgreSQL) -> bool:
    with psycopg.connect(server.uri("postgres"), autocommit=True) as connection:
        return connection.execute("SELECT NOT pg_is_in_recovery()").fetchone() == (True,)


def _set(trial: Trial, **settings: str) -> None:
    """Change settings that a server reads when it starts."""
    with _administrator(trial) as connection:
        for name, value in settings.items():
            connection.execute(SQL("ALTER SYSTEM SET {} = {}").format(Identifier(name), Literal(value)))
    trial.postgresql.stop()
    trial.postgresql.start(PATIENCE_S)
    trial.engine.dispose()


def _administrator(trial: Trial) -> psycopg.Connection[Any]:
    return psycopg.connect(trial.postgresql.uri("postgres"), autocommit=True)
