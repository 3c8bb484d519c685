"""Builds one owner's rows anew from the log, in memory, and writes them as a generation of their own."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Table

from shared.database.statement import copy, rows
from shared.eventlog import privacy, subject_keys
from shared.projections import history
from shared.projections.engine import is_an_events_fault
from shared.projections.history import Entry, Owner
from shared.projections.projection import Projection
from shared.projections.rows import Rows

Progress = Callable[[int], None]


class Unfoldable(Exception):
    """An event of the owner can't be folded; the message names it and the kind of error, nothing personal."""

    def __init__(self, entry: Entry, error: Exception) -> None:
        super().__init__(f"{entry.type} at {entry.position}: {type(error).__name__}")
        self.position = entry.position


class Build:
    """The same folds as live, over the owner's whole history; nothing is written before `write`.

    It takes as much memory as the owner's rows do.
    """

    def __init__(self, projection: Projection, owner: Owner) -> None:
        self.projection, self.owner = projection, owner
        self.position = self.events = 0
        self._rows = Rows(projection.tables)
        self._persons: set[str] = set()

    def fold(self, connection: Connection, until: int, progress: Progress = lambda _: None) -> None:
        """Fold what has not been folded yet, up to and with the position `until`; raises Unfoldable.

        `progress` is told the number of events folded so far.
        """
        for chunk in history.read(connection, self.owner, after=self.position, until=until):
            self._fold(connection, chunk)
            progress(self.events)
        self.position = max(self.position, until)

    def _fold(self, connection: Connection, chunk: Sequence[Entry]) -> None:
        fold, rows = self.projection.fold, self._rows
        entries = [entry for entry in chunk if entry.type in self.projection.folds]
        payloads = [orjson.loads(entry.payload) for entry in entries]
        types = [entry.type for entry in entries]
        self._persons.update(privacy.open_all(connection, list(zip(types, payloads, strict=True))))
        for entry, payload in zip(entries, payloads, strict=True):
            try:
                fold(rows, entry.type, entry.schema_version, payload, entry.recorded_at)
            except Exception as error:
                raise Unfoldable(entry, error) from error
        self.events += len(chunk)

    def tells_of_erased(self, connection: Connection) -> bool:
        """Whether somebody was erased since their events were folded; then nothing of it may be written."""
        return len(subject_keys.find(connection, self._persons)) < len(self._persons)

    def write(self, connection: Connection, generation: int) -> None:
        """Write the rows as that generation; raises what the database has against them."""
        for name, table in self.projection.tables.items():
            if whole := self._rows.changes[name].whole:
                self._copy(connection, table, generation, whole)

    def refuses(self, connection: Connection, until: int) -> bool:
        """Whether the database refuses the rows as they are at a position; leaves nothing behind.

        Raises what is wrong with the database itself, for which no event is to blame.
        """
        prefix = Build(self.projection, self.owner)
        prefix.fold(connection, until)
        trial = connection.begin_nested()
        try:
            prefix.write(connection, trial_generation(connection))
        except Exception as error:
            if not is_an_events_fault(error):
                raise
            return True
        finally:
            trial.rollback()
        return False

    def _copy(self, connection: Connection, table: Table, generation: int, whole: dict[Any, Any]) -> None:
        columns = [column.name for column in table.c]
        values = itemgetter(*columns[3:])
        statement = f"COPY {table.schema}.{table.name} ({', '.join(columns)}) FROM STDIN"
        owner = str(self.owner.id)
        copy(connection, statement, ((owner, generation, key, *values(row)) for key, row in whole.items()))


def trial_generation(connection: Connection) -> int:
    """For rows that are written to be looked at, and undone: never a live one, and of this transaction alone.

    With one that others write, too, they would wait for each other's end.
    """
    [(generation,)] = rows(connection, "SELECT -pg_backend_pid()", {})
    return int(generation)


def first_unwritable(connection: Connection, build: Build, error: Exception) -> Unfoldable:
    """The first event with which the database refuses the rows, as it just did with all of them."""
    chunks = history.read(connection, build.owner, after=0, until=build.position)
    entries = [entry for chunk in chunks for entry in chunk]
    found = bisect_left(entries, True, key=lambda entry: build.refuses(connection, entry.position))
    return Unfoldable(entries[min(found, len(entries) - 1)], error)
