"""The family of a process is held whole, whatever its members do meanwhile."""

import subprocess
from collections.abc import Iterator

import pytest

from deploy.servers.processes import Family


@pytest.fixture
def restless() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose children come and go all the time, with one that stays."""
    process = subprocess.Popen(["sh", "-c", "sleep 60 & while :; do /bin/true; done"])
    yield process
    Family(process.pid).kill()
    process.wait()


def test_members_that_end_while_they_are_counted_are_left_out(restless: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        Family(restless.pid).close()


def test_the_whole_family_is_ended(restless: subprocess.Popen[bytes]) -> None:
    family = Family(restless.pid)
    assert not family.wait(timeout=0.0)
    family.kill()
    assert family.wait(timeout=10.0)
    family.close()


def test_a_process_that_has_ended_has_no_family() -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    family = Family(process.pid)
    assert family.wait(timeout=0.0)
    family.close()
