"""A projection: its tables, and one pure function an event type that says what the event does to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Table

from shared.contracts.declare import Event
from shared.eventlog.recorded import Recorded
from shared.projections.rows import Rows

Fold = Callable[[Rows, Any], None]
F = TypeVar("F", bound=Fold)


@dataclass(frozen=True)
class Projection:
    """Tables begin with the columns owner_id, generation and the row's key, their primary key.

    A row's owner is the company that the event belongs to or, for a provider's own events, the provider.
    `owners` holds each owner's live generation and, when it is parked, where and why; `checkpoints` the
    position up to which each partition is folded, and its lease.
    """

    name: str
    tables: Mapping[str, Table]
    owners: Table
    checkpoints: Table
    folds: dict[str, Fold] = field(default_factory=dict)

    def projects(self, *event_types: type[Event]) -> Callable[[F], F]:
        """Make a function `(rows, event)` the fold of event types."""

        def register(fold: F) -> F:
            for event_type in event_types:
                self.folds[event_type.type] = fold
            return fold

        return register

    def fold(self, rows: Rows, recorded: Recorded) -> None:
        """Fold one event into its owner's rows; event types of no concern change nothing.

        Raises whatever is wrong with the event.
        """
        fold = self.folds.get(recorded.type)
        if fold is not None:
            rows.recorded_at = recorded.recorded_at
            fold(rows, recorded.event)


def owner_of(recorded: Recorded) -> UUID:
    """Whose rows an event changes."""
    return recorded.company_id or recorded.provider_id
