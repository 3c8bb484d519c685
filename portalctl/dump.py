"""A copy's folder, and the database in it as it was at one moment."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.engine import make_url

from deploy.servers.packages import ensure_postgresql
from portalctl.new_folder import new_folder
from shared.eventlog.tables import events, partitions

_DATABASE, _UNFINISHED = "database.dump", "unfinished.dump"
# Elsewhere there may be other roles, or none; whoever restores owns it all, and gives rights anew.
_OF_NOBODY = ("--no-owner", "--no-privileges")


@contextmanager
def new_copy(folder: Path) -> Iterator[None]:
    """A new folder to fill, which is a copy once that is done. Raises ClickException."""
    with new_folder(folder):
        yield
        (folder / _UNFINISHED).rename(folder / _DATABASE)


def must_be_a_copy(folder: Path) -> None:
    """Raises ClickException, also for what a killed backup has left."""
    if not (folder / _DATABASE).exists():
        raise click.ClickException(f"{folder} holds no {_DATABASE}: it is no copy, or not a finished one.")


def dump_database(database_url: str, folder: Path) -> None:
    """Write the database as it is at one moment, while everybody goes on working. Raises ClickException."""
    file = folder / _UNFINISHED
    file.touch(mode=0o600)
    _run("pg_dump", database_url, "--format=custom", *_OF_NOBODY, f"--file={file}")


def restore_database(database_url: str, folder: Path) -> None:
    """Fill an empty database with what was dumped, all of it or nothing. Raises ClickException."""
    name = str(make_url(database_url).database)
    options = [*_OF_NOBODY, "--exit-on-error", "--single-transaction", f"--dbname={name}"]
    _run("pg_restore", database_url, *options, str(folder / _DATABASE))


def is_empty(engine: Engine) -> bool:
    with engine.connect() as connection:
        return connection.execute(text("SELECT to_regnamespace('eventlog')")).scalar_one() is None


def heads(connection: Connection) -> dict[str, int]:
    """The last position of each partition; raises ClickException where the log has a gap below it."""
    found = {}
    for partition, head, count, last in connection.execute(_positions()):
        if not head == count == last:
            raise click.ClickException(
                f"Partition {partition} should have {head} events, but has {count} up to {last}."
            )
        found[str(partition)] = head
    return found


def _positions() -> Any:
    of_partition = events.c.partition == partitions.c.partition
    last = func.coalesce(func.max(events.c.position), 0)
    return (
        select(partitions.c.partition, partitions.c.head, func.count(events.c.position), last)
        .outerjoin(events, of_partition)
        .group_by(partitions.c.partition, partitions.c.head)
        .order_by(partitions.c.partition)
    )


def _run(program: str, database_url: str, *arguments: str) -> None:
    done = subprocess.run(
        [_path(program), *arguments],
        env=os.environ | _variables(database_url),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"{program} failed: {done.stderr.strip()}")


def _path(program: str) -> str:
    """The program on the path or, on Debian, where its package puts it."""
    return shutil.which(program) or str(ensure_postgresql() / program)


def _variables(database_url: str) -> dict[str, str]:
    """libpq's, since arguments can be read by every user of the machine."""
    url = make_url(database_url)
    values = {
        "PGHOST": url.host,
        "PGPORT": url.port and str(url.port),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    return {name: str(value) for name, value in values.items() if value}
