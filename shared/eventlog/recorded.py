"""An event as the log holds it: its envelope and its payload."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from shared.contracts.codec import from_plain
from shared.contracts.declare import EVENTS, Event, current
from shared.contracts.position import Position


class UnknownEvent(Exception):
    """The log holds an event that this code can't read."""


@dataclass(frozen=True)
class Recorded:
    """The fields stand in the order of the table's columns."""

    partition: int
    position: int
    event_id: UUID
    stream_type: str
    stream_id: UUID
    version: int
    type: str
    schema_version: int
    provider_id: UUID
    company_id: UUID | None
    payload: dict[str, Any]
    correlation_id: UUID
    causation_id: UUID
    actor: dict[str, Any]
    command_id: str | None
    recorded_at: datetime

    @property
    def at(self) -> Position:
        return Position(self.partition, self.position)

    @cached_property
    def event(self) -> Event:
        """The event itself, as far as its version is known here; raises UnknownEvent."""
        declared = EVENTS.get(self.type)
        if declared is None:
            raise UnknownEvent(f"{self.type} at {self.at} is not declared here")
        try:
            return from_plain(declared, current(self.type, self.schema_version, self.payload))
        except (LookupError, TypeError) as error:
            raise UnknownEvent(f"{self.type} at {self.at}: {error}") from error
