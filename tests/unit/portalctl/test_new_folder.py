"""A folder that a command fills is there once it is whole, or not at all."""

from pathlib import Path

import click
import pytest

from portalctl.new_folder import new_folder


def test_it_stays_once_it_is_filled_and_is_its_owners_alone(tmp_path: Path):
    folder = tmp_path / "below" / "it"
    with new_folder(folder):
        (folder / "data").touch()
    assert (folder / "data").exists()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_one_that_is_there_already_is_kept_as_it_is(tmp_path: Path):
    (tmp_path / "data").touch()
    with pytest.raises(click.ClickException, match="is there already"), new_folder(tmp_path):
        pass
    assert (tmp_path / "data").exists()


def test_one_that_can_not_be_made_says_why(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(click.ClickException, match="can't be made: Not a directory"):
        new_folder(tmp_path / "file" / "it").__enter__()


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError])
def test_what_is_broken_off_leaves_nothing(tmp_path: Path, interruption: type[BaseException]):
    folder = tmp_path / "it"
    with pytest.raises(interruption), new_folder(folder):
        raise interruption
    assert not folder.exists()


def test_what_can_not_be_written_says_why_and_leaves_nothing(tmp_path: Path):
    folder = tmp_path / "it"
    with pytest.raises(click.ClickException, match="can't be written: No such file"), new_folder(folder):
        (folder / "nowhere" / "data").touch()
    assert not folder.exists()
