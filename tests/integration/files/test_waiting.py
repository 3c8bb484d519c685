"""While one waits for the store, others go on; where it can't be reached, that is said."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from shared.config import ConfigurationError
from shared.contracts.errors import Unavailable
from shared.files.location import Owner
from shared.files.store import FileStore
from shared.files.threads import in_thread
from tests.support.s3 import BUCKET_URL, S3


def test_others_go_on_while_one_waits_for_s3(s3: S3, owner: Owner):
    store = FileStore(f"{BUCKET_URL}/{uuid4()}")
    begun, stored = threading.Event(), []

    def chunks() -> Iterator[bytes]:
        begun.set()
        yield b"x"

    os.kill(s3.process.pid, signal.SIGSTOP)
    waiting = threading.Thread(target=lambda: stored.append(store.put(owner, chunks(), limit=10)))
    waiting.start()
    begun.wait()
    assert not stored
    os.kill(s3.process.pid, signal.SIGCONT)
    waiting.join()
    assert stored[0].size == 1


def test_others_go_on_while_one_waits_for_a_disk(tmp_path: Path):
    slow = tmp_path / "slow"
    os.mkfifo(slow)
    read: list[str] = []
    waiting = threading.Thread(target=lambda: read.append(in_thread(slow.read_text)))
    waiting.start()
    slow.write_text("Grüße")
    waiting.join()
    assert read == ["Grüße"]


def test_a_bucket_that_is_not_there_is_told_from_a_file_that_is_not(s3: S3, owner: Owner):
    with pytest.raises(Unavailable):
        FileStore("s3://nowhere/portal").put(owner, [b"x"], limit=1)


def test_a_folder_that_can_not_be_written_to_is_told(tmp_path: Path, owner: Owner):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Unavailable):
        FileStore((tmp_path / "file").as_uri()).put(owner, [b"x"], limit=1)


@pytest.mark.parametrize("url", ["", "/srv/files", "nosuchkind://x"])
def test_a_setting_that_makes_no_sense_is_refused_at_once(url: str):
    with pytest.raises(ConfigurationError, match="PORTAL_FILES"):
        FileStore(url)


def test_a_leftover_of_a_killed_upload_is_listed_and_foreign_files_are_not(tmp_path: Path, owner: Owner):
    store = FileStore(tmp_path.as_uri())
    location = owner.location(store.put(owner, [b"x"], limit=1).sha256)
    leftover = f"incoming/{uuid4().hex}"
    for name in (leftover, "README", f"{owner.provider_id}/notes.txt", "incoming/notes.txt"):
        (tmp_path / name).write_text("x")
    assert list(store.locations()) == [location, leftover]
    store.delete(leftover)
    assert list(store.locations()) == [location]
