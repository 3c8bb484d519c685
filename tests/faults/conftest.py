"""One trial a session, reused from fault to fault; how many rounds, and from which seed."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.trial import Trial


@pytest.fixture(scope="session")
def trial() -> Iterator[Trial]:
    folder = Path(tempfile.mkdtemp(prefix="portal-faults-"))
    folder.chmod(0o711)
    started = Trial(folder)
    try:
        with started.running():
            yield started
    finally:
        for log in sorted(started.logs.iterdir()):
            print(f"--- {log.name}\n{log.read_text()[-3_000:]}")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """FAULT_ROUNDS, if it is set; the default is for a session that has other things to do, too."""
    return int(os.environ.get("FAULT_ROUNDS", "1"))


@pytest.fixture
def few(rounds: int) -> int:
    """A quarter of them, for faults of which each takes a minute."""
    return max(1, rounds // 4)


@pytest.fixture
def seed() -> int:
    """FAULT_SEED repeats the draws of an earlier run."""
    return int(os.environ.get("FAULT_SEED", secrets.randbelow(10**9)))
