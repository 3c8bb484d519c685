"""A file store on each kind of back end."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock
from uuid import uuid4

import pytest

from shared.files.location import Owner
from shared.files.store import FileStore
from tests.support.s3 import BUCKET_URL, S3, running_s3


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with running_s3() as server, mock.patch.dict(os.environ, server.environment):
        yield server


@pytest.fixture(params=["folder", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """An empty store."""
    if request.param == "s3":
        request.getfixturevalue("s3")
        return FileStore(f"{BUCKET_URL}/{uuid4()}")
    return FileStore(tmp_path.as_uri() if request.param == "folder" else f"memory://{uuid4()}")


@pytest.fixture
def owner() -> Owner:
    return Owner(uuid4(), uuid4())
