"""The chain of a stream: what of each event is hashed, and whether an event still is what its hash says.

An event's `hash` is SHA-256 over the hash of the one before it in its stream and over its own text, which
holds all of it; before a stream's first event stands a hash of the stream's name. The database computes it
when an event is appended; here it is computed anew from what the table holds, by no function of its own.
"""

import json
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Row

from shared.contracts.position import Position

_FIELDS = {
    "partition": "e.partition",
    "position": "e.position",
    "event_id": "e.event_id::text",
    "stream_type": "e.stream_type",
    "stream_id": "e.stream_id::text",
    "version": "e.version",
    "type": "e.type",
    "schema_version": "e.schema_version",
    "provider_id": "e.provider_id::text",
    "company_id": "e.company_id::text",
    "payload": "e.payload::text",
    "correlation_id": "e.correlation_id::text",
    "causation_id": "e.causation_id::text",
    "actor": "e.actor::text",
    "command_id": "e.command_id",
    "recorded_at": """to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
}
COLUMNS = ", ".join(_FIELDS.values()) + ", e.previous_hash, e.hash"
"""What to select of `eventlog.events AS e` for `Link.of`."""

_JSON = {"payload", "actor"}
_encode = json.JSONEncoder(ensure_ascii=False).encode


class Stream(NamedTuple):
    """A stream's name in the log."""

    type: str
    id: str

    @property
    def genesis(self) -> bytes:
        """The hash that its first event follows."""
        return sha256(f"mfr-portal/{self.type}/{self.id}".encode()).digest()


class Link:
    """An event in its chain; `fields` are those of the table, `payload` and `actor` as JSON texts."""

    def __init__(self, fields: dict[str, Any], previous_hash: bytes, hash: bytes) -> None:
        self.fields, self.previous_hash, self.hash = fields, previous_hash, hash

    @classmethod
    def of(cls, row: Row[Any]) -> "Link":
        """The event of a row that begins with COLUMNS."""
        count = len(_FIELDS)
        return cls(dict(zip(_FIELDS, row[:count], strict=True)), row[count], row[count + 1])

    @property
    def at(self) -> Position:
        return Position(self.fields["partition"], self.fields["position"])

    @property
    def stream(self) -> Stream:
        return Stream(self.fields["stream_type"], self.fields["stream_id"])

    @property
    def version(self) -> int:
        return int(self.fields["version"])

    @cached_property
    def text(self) -> str:
        """The whole event as the JSON text that is hashed, its fields in the order of the table's columns."""
        values = (
            f'"{name}" : {value if name in _JSON else _encode(value)}' for name, value in self.fields.items()
        )
        return "{" + ", ".join(values) + "}"

    @property
    def is_whole(self) -> bool:
        """Whether the event is what its hash says; which event it follows is another question."""
        if self.version == 1 and self.previous_hash != self.stream.genesis:
            return False
        return follows(self.previous_hash, self.text) == self.hash

    def exchanged(self, other: "Link", field: str) -> bool:
        """Whether this event and `other` are whole once they have exchanged the values of a field."""
        mine, others = self.fields[field], other.fields[field]
        return mine != others and self._with(field, others).is_whole and other._with(field, mine).is_whole

    def _with(self, field: str, value: Any) -> "Link":
        return Link(self.fields | {field: value}, self.previous_hash, self.hash)


def follows(previous_hash: bytes, text: str) -> bytes:
    """The hash of the event with this text behind the one with that hash."""
    return sha256(previous_hash + text.encode()).digest()
