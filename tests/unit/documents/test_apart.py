"""Writing anew happens in a process of its own, and is bounded in time and memory."""

import os
import subprocess
import sys
import threading
from unittest import mock

import pytest

from services.documents.rewriting.agreed import TOO_LARGE
from services.documents.rewriting.apart import rewritten
from shared.contracts.documents import FILE_BYTES
from shared.contracts.errors import Unavailable, ValidationFailed
from tests.support.photos import FILM_PLACE, enormous, film, opened, photo
from tests.support.stack import ROOT


def anew(content: bytes, media_type: str, *, seconds: float = 60) -> bytes:
    half = len(content) // 2
    with rewritten([content[:half], content[half:]], media_type, remaining=lambda: seconds) as chunks:
        return b"".join(chunks)


def run_alone(
    content: bytes, media_type: str, *, most_bytes: int = FILE_BYTES, most_memory: str = "unlimited"
) -> tuple[int, bytes]:
    """How the process ends and what it writes; `most_memory` is in KiB."""
    within = ["sh", "-c", f'ulimit -v {most_memory} && exec "$@"', "sh"]
    process = [sys.executable, "-m", "services.documents.rewriting", media_type, str(most_bytes), "60"]
    ended = subprocess.run([*within, *process], input=content, capture_output=True, cwd=ROOT)
    return ended.returncode, ended.stdout


def refused_fields(content: bytes, media_type: str) -> set[str]:
    with pytest.raises(ValidationFailed) as refused:
        anew(content, media_type)
    return set(refused.value.fields)


def test_pictures_and_films_come_back():
    assert opened(anew(photo("image/heic"), "image/heic")).format == "JPEG"
    assert FILM_PLACE not in anew(film(), "video/mp4")


@pytest.mark.parametrize(
    ("media_type", "content"), [("image/png", photo("image/png")), ("video/mp4", film())]
)
def test_what_is_damaged_is_said_to_be(media_type: str, content: bytes):
    assert refused_fields(content[:-40], media_type) == {"sha256"}


def test_what_is_too_large_is_said_to_be():
    assert refused_fields(enormous(), "image/png") == {"size"}


def test_a_picture_that_needs_more_memory_than_there_is_is_too_large():
    large = photo("image/jpeg", size=(6_000, 4_000))
    assert run_alone(large, "image/jpeg", most_memory="180000") == (TOO_LARGE, b"")


def test_a_file_that_would_become_larger_than_files_may_be_is_too_large():
    assert run_alone(photo("image/png"), "image/png", most_bytes=100) == (TOO_LARGE, b"")


def test_what_takes_longer_than_its_caller_waits_is_given_up():
    with pytest.raises(Unavailable):
        anew(photo("image/png"), "image/png", seconds=0)


def test_the_process_knows_no_secrets():
    # Python itself would fail with this setting, if the process had it.
    with mock.patch.dict(os.environ, {"PYTHONHOME": "/nowhere", "DATABASE_URL": "secret"}):
        assert anew(photo("image/png"), "image/png")


def test_others_go_on_while_a_picture_is_drawn():
    begun, done = threading.Event(), []

    def remaining() -> float:
        begun.set()
        return 60

    def draw() -> None:
        with rewritten([photo("image/png")], "image/png", remaining=remaining) as chunks:
            done.append(b"".join(chunks))

    drawing = threading.Thread(target=draw)
    drawing.start()
    begun.wait()
    assert not done
    drawing.join()
    assert done
