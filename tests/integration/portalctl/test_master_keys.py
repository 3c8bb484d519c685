"""Operators change the master key, and go on where that was interrupted."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shared.eventlog import rewrapping
from shared.identity import master_keys
from tests.integration.eventlog.given import register
from tests.integration.portalctl.commands import Portalctl


@pytest.fixture
def folder(keys: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(keys, tmp_path / "keys"))


def test_a_new_master_key_takes_over_and_a_change_that_was_begun_is_finished_first(
    portalctl: Portalctl, database: Engine, folder: Path
):
    portalctl.environment["PORTAL_KEYS"] = str(folder)
    for _ in range(3):
        register(database)
    assert portalctl.json("privacy", "rotate-master-key") == {"master_key": 2, "rewrapped": 3}
    assert rewrapping.used(database) == {2: 3}
    assert master_keys.add(folder) == 3
    assert portalctl.json("privacy", "rotate-master-key") == {"master_key": 3, "rewrapped": 3}
    assert master_keys.numbers(folder) == [1, 2, 3]


def test_where_no_key_can_be_made_it_is_said_which_one_to_put_there(
    portalctl: Portalctl, database: Engine, tmp_path: Path
):
    portalctl.environment["PORTAL_KEYS"] = str(tmp_path / "nowhere")
    done = portalctl.run("privacy", "rotate-master-key")
    assert done.returncode == 1
    assert "personal-1.key" in done.stderr
