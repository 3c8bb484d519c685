"""What not everybody may read goes into a file of its owner's, whole or not at all."""

import os
import stat
from pathlib import Path

import click
import pytest

from portalctl.private_output import private_output


def write(target: Path, text: str = "Änne\n") -> None:
    with private_output(target) as out:
        out.write(text)


def test_only_its_owner_reads_the_file_which_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    target = tmp_path / "certificate.json"
    target.write_text("older")
    target.chmod(0o644)
    write(target)
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("Änne\n", 0o600)
    assert list(tmp_path.iterdir()) == [target]


def test_what_fails_halfway_leaves_the_older_file(tmp_path: Path) -> None:
    target = tmp_path / "certificate.json"
    target.write_text("older")
    with pytest.raises(UnicodeEncodeError):
        write(target, "half \udc80")
    assert (target.read_text(), list(tmp_path.iterdir())) == ("older", [target])


def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "certificate.json", tmp_path / "newest.json"
    link.symlink_to(target)
    write(link)
    assert (link.is_symlink(), target.read_text()) == (True, "Änne\n")


def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(pipe)
        assert (os.read(reader, 100).decode(), pipe.is_fifo()) == ("Änne\n", True)
    finally:
        os.close(reader)


@pytest.mark.parametrize("target", ["", "missing/certificate.json"])
def test_what_cant_be_written_is_one_line(tmp_path: Path, target: str) -> None:
    with pytest.raises(click.ClickException, match=r"can't be written: (Is a directory|No such file)"):
        write(tmp_path / target)
