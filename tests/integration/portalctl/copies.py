"""A portal to copy, with a file and a mail that is due, and an empty place to make another one of it."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, insert, select

from services.documents.tables import attachments
from services.notifications.tables import deliveries
from shared.contracts.notifications import MailTemplate
from shared.files.location import Owner
from shared.files.store import FileStore
from tests.integration.eventlog.relaying import append
from tests.integration.portalctl.commands import Portalctl

FILE = b"%PDF-1.4"
EVENTS = 5


def portalctl(database_url: str, amqp_uri: str, keys: Path, files: Path) -> Portalctl:
    files.mkdir()
    urls = {"AMQP_URI": amqp_uri, "DATABASE_URL": database_url, "PORTAL_FILES": files.as_uri()}
    return Portalctl(urls | {"PORTAL_KEYS": str(keys)})


def fill(portal: Portalctl, database: Engine) -> str:
    """Have something happen; returns the location of the file that is referred to."""
    append(database, EVENTS)
    location = put(portal, FILE)
    names = ("delivery_id", "about", "recipient_id", "provider_id", "correlation_id")
    ids = {name: uuid4() for name in names}
    place = {"partition": 0, "position": 1, "template": MailTemplate.REQUEST_SUBMITTED, "state": "queued"}
    with database.begin() as connection:
        connection.execute(insert(deliveries).values(**ids, **place, due_at="2026-11-24T12:00:00Z"))
        connection.execute(insert(attachments).values(attachment_id=uuid4(), location=location))
    return location


def put(portal: Portalctl, content: bytes) -> str:
    owner = Owner(uuid4(), uuid4())
    stored = store(portal).put(owner, [content], limit=100)
    return owner.location(stored.sha256)


def store(portal: Portalctl) -> FileStore:
    return FileStore(portal.environment["PORTAL_FILES"])


def path(portal: Portalctl, location: str) -> Path:
    """Where a file lies on the disk."""
    return Path(portal.environment["PORTAL_FILES"].removeprefix("file://")) / location


def break_off(path: Path) -> None:
    """Make something of a file that can't be read."""
    path.unlink()
    path.symlink_to(path)


def rows(engine: Engine, table: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(table)))
