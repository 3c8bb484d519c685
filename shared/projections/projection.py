"""A projection: its tables, and one pure function an event type that says what the event does to them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import MetaData, Table

from shared.contracts.codec import as_recorded
from shared.contracts.declare import EVENTS, Event, Payload, current
from shared.eventlog.recorded import Recorded
from shared.projections.rows import Rows
from shared.projections.tables import CommonTables, VersionTables, schema_of

Fold = Callable[[Rows, Any], None]
F = TypeVar("F", bound=Fold)


class Projection(VersionTables, CommonTables):
    """One version of a read model. Another one has other tables or folds, and lies in a schema of its own.

    `tables` lie in `schema` and begin with the columns owner_id, generation and the row's key, their primary
    key. A row's owner is the company that the event belongs to or, for a provider's own events, the provider.
    """

    def __init__(
        self,
        name: str,
        version: int,
        tables: Mapping[str, Table],
        folds: Mapping[str, Fold] | None = None,
    ) -> None:
        self.name, self.version, self.tables = name, version, tables
        self.schema = schema_of(name, version)
        self.folds = dict(folds or {})
        self.renewing: set[str] = set()
        VersionTables.__init__(self, MetaData(schema=self.schema))
        CommonTables.__init__(self, MetaData(schema=name))

    @property
    def own_tables(self) -> list[Table]:
        """All that this version has for itself, in an order in which they can be made."""
        return [*self.tables.values(), self.owners, self.checkpoints, self.rebuilds, self.rebuild_owners]

    @property
    def common_names(self) -> set[str]:
        """The names of the tables that all versions share."""
        return {table.name for table in (self.resyncs, self.versions, self.workers)}

    def projects(self, *event_types: type[Event]) -> Callable[[F], F]:
        """Make a function `(rows, event)` the fold of event types."""

        def register(fold: F) -> F:
            for event_type in event_types:
                self.folds[event_type.type] = fold
            return fold

        return register

    def renews(self, *event_types: type[Event]) -> None:
        """Have an owner's rows built anew after such an event, which changes what earlier ones say."""
        self.renewing.update(event_type.type for event_type in event_types)

    def fold(
        self, rows: Rows, type: str, schema_version: int, payload: Payload, recorded_at: datetime | str
    ) -> None:
        """Fold one event into its owner's rows; event types of no concern change nothing.

        The fold gets the event as it was recorded, ids and times as text, brought up to the current version.
        The payload may be changed by it. Raises whatever is wrong with the event.
        """
        fold = self.folds.get(type)
        if fold is not None:
            rows.recorded_at = recorded_at
            fold(rows, as_recorded(EVENTS[type], current(type, schema_version, payload)))


def owner_of(recorded: Recorded) -> UUID:
    """Whose rows an event changes."""
    return recorded.company_id or recorded.provider_id
