"""A person's own data, put together from what the log says of them and the files that they sent along."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.contracts.documents import AttachmentStored
from shared.disclosure.wording import FIELDS, HAPPENINGS
from shared.formats import TIME_ZONE

DATA, COVER, FILES = "data.json", "index.html", "files"


@dataclass(frozen=True)
class Attachment:
    """A file that the person sent along; `name` is where it lies in the copy."""

    id: str
    name: str


@dataclass(frozen=True)
class Disclosure:
    """`entries` are what happened, in order: each with `recorded_at`, `service`, `type` and `data`.

    `sessions` are where the person is signed in: each with `started_at` and `used_at`.
    """

    contact_id: str
    at: datetime
    entries: Sequence[Mapping[str, Any]]
    sessions: Sequence[Mapping[str, Any]]

    @property
    def attachments(self) -> Iterator[Attachment]:
        """The files that belong to it, in the order in which they were sent."""
        for number, entry in enumerate(self._stored(), start=1):
            suffix = PurePosixPath(entry["data"]["filename"]).suffix
            yield Attachment(entry["data"]["attachment_id"], f"{FILES}/{number:03d}{suffix}")

    @property
    def contact(self) -> Mapping[str, Any]:
        """The person's details as they were said last."""
        said = (entry["data"] for entry in reversed(self.entries) if "last_name" in entry["data"])
        return next(said, {})

    def data(self) -> bytes:
        """All of it as JSON."""
        whole = {
            "format": "mfr-portal-personal-data/1",
            "contact_id": self.contact_id,
            "at": self.at.isoformat(),
            "entries": self.entries,
            "sessions": self.sessions,
            "files": {each.name: each.id for each in self.attachments},
        }
        return orjson.dumps(whole, option=orjson.OPT_INDENT_2)

    def cover(self) -> bytes:
        """A page that needs nothing else, in German and in English."""
        shown = {
            "disclosure": self,
            "happenings": HAPPENINGS,
            "fields": FIELDS,
            "files": {each.id: each.name for each in self.attachments},
        }
        return _environment().get_template("cover.html.jinja").render(shown).encode()

    def _stored(self) -> Iterable[Mapping[str, Any]]:
        return (entry for entry in self.entries if entry["type"] == AttachmentStored.type)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("shared.disclosure", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    return environment


def _moment(value: str | datetime) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment.astimezone(TIME_ZONE):%d.%m.%Y %H:%M}"
