"""PostgreSQL has no room left: callers are told, nothing is half done, and with room again all goes on."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.faults.oracle import judge
from tests.faults.trial import PATIENCE_S, Trial
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
SIZE = "700m"
BLOCK = b"\0" * 1024 * 1024


@pytest.fixture
def cramped() -> Iterator[Trial]:
    """A trial whose database lies on a small disk of its own, which root alone can make."""
    folder = Path(tempfile.mkdtemp(prefix="portal-cramped-"))
    folder.chmod(0o711)
    disk = folder / "postgresql"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "tmpfs", disk], check=True)
    try:
        # A mount point can't be removed together with what lies on it.
        with suppress(OSError), Trial(folder).running() as trial:
            yield trial
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def test_a_full_disk_loses_nothing(cramped: Trial, seed: int) -> None:
    ballast = cramped.folder / "postgresql" / "ballast"
    with cramped.load(seed) as attempts:
        cramped.some_work()
        _fill(ballast)
        _use_up_the_room_set_aside(cramped)
        before = attempts.unknown()
        wait_until(lambda: attempts.unknown() > before + 4, what="callers are told", timeout=PATIENCE_S)
        ballast.unlink()
        # It ends itself when it can't write its log, and needs somebody to start it.
        cramped.postgresql.stop()
        cramped.postgresql.start(PATIENCE_S)
        cramped.engine.dispose()
        cramped.some_work()
    judge(cramped)


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(BLOCK) == len(BLOCK):
            pass


def _use_up_the_room_set_aside(trial: Trial) -> None:
    """The write-ahead log has some segments in advance."""

    def is_full() -> bool:
        try:
            with psycopg.connect(trial.database_url, autocommit=True, connect_timeout=5) as connection:
                connection.execute("SELECT pg_logical_emit_message(false, 'filling', repeat('x', 1000000))")
                connection.execute("SELECT pg_switch_wal()")
        except psycopg.Error:
            return True
        return False

    wait_until(is_full, what="the log can't be written", timeout=PATIENCE_S)
