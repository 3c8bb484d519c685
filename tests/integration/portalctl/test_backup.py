"""A copy of the portal becomes another one with the same log and files; mails that were due are held."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, select

from services.notifications.tables import deliveries, held
from shared.contracts.notifications import MailTemplate
from shared.eventlog.tables import events
from shared.files.location import Owner
from shared.files.store import FileStore
from tests.integration.eventlog.relaying import append
from tests.integration.portalctl.commands import Portalctl

FILE = b"%PDF-1.4"


@pytest.fixture
def here(database_url: str, amqp_uri: str, keys: Path, tmp_path: Path) -> Portalctl:
    return _portalctl(database_url, amqp_uri, keys, tmp_path / "files")


@pytest.fixture
def there(empty_url: str, amqp_uri: str, keys: Path, tmp_path: Path) -> Portalctl:
    """An empty database and file store."""
    return _portalctl(empty_url, amqp_uri, keys, tmp_path / "other files")


def test_a_copy_becomes_a_portal_with_the_same_log_and_files_that_sends_nothing_twice(
    here: Portalctl, there: Portalctl, database: Engine, empty: Engine, tmp_path: Path
):
    append(database, 5)
    owner = Owner(uuid4(), uuid4())
    stored = FileStore(here.environment["PORTAL_FILES"]).put(owner, [FILE], limit=100)
    _due(database)
    copy = str(tmp_path / "copy")
    assert here.json("backup", copy) == {"folder": copy, "files": 1}
    assert "name a new folder" in here.run("backup", copy).stderr

    restored = there.json("restore", copy)
    assert (restored["files"], restored["held_mails"], restored["heads"]["0"]) == (1, 1, 5)
    assert _rows(empty, events) == _rows(database, events)
    files = FileStore(there.environment["PORTAL_FILES"])
    assert list(files.chunks(owner.location(stored.sha256))) == [FILE]
    [mail] = _rows(empty, deliveries)
    assert (mail.state, mail.error) == ("skipped", "restored")
    assert {str(row.partition): row.position for row in _rows(empty, held)} == restored["heads"]
    assert "The database is not empty" in there.run("restore", copy).stderr
    assert "holds no database.dump" in there.run("restore", str(tmp_path)).stderr


def _portalctl(database_url: str, amqp_uri: str, keys: Path, files: Path) -> Portalctl:
    files.mkdir()
    urls = {"AMQP_URI": amqp_uri, "DATABASE_URL": database_url, "PORTAL_FILES": files.as_uri()}
    return Portalctl(urls | {"PORTAL_KEYS": str(keys)})


def _due(engine: Engine) -> None:
    names = ("delivery_id", "about", "recipient_id", "provider_id", "correlation_id")
    ids = {name: uuid4() for name in names}
    place = {"partition": 0, "position": 1, "template": MailTemplate.REQUEST_SUBMITTED, "state": "queued"}
    with engine.begin() as connection:
        connection.execute(insert(deliveries).values(**ids, **place, due_at="2026-11-24T12:00:00Z"))


def _rows(engine: Engine, table: object) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table)))
