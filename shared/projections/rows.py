"""The changes that folding events makes to one owner's rows, before anything is written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

Values = dict[str, Any]
# Folds pass ids on as the text that they were recorded as.
RowKey = UUID | str


class TableChanges:
    """What is to become of the rows of one table, by their key.

    `whole` rows replace what is there, `patches` change columns of it, `gone` ones are deleted; the last word
    about a key holds.
    """

    def __init__(self) -> None:
        self.whole: dict[RowKey, Values] = {}
        self.patches: dict[RowKey, Values] = {}
        self.gone: set[RowKey] = set()

    def __bool__(self) -> bool:
        return bool(self.whole or self.patches or self.gone)

    def insert(self, key: RowKey, **values: Any) -> None:
        """Put a row in place, with all of its columns."""
        self.patches.pop(key, None)
        self.gone.discard(key)
        self.whole[key] = values

    def update(self, key: RowKey, **values: Any) -> None:
        """Change columns of a row; without the row, nothing."""
        if key in self.whole:
            self.whole[key].update(values)
        elif key not in self.gone:
            self.patches.setdefault(key, {}).update(values)

    def delete(self, key: RowKey) -> None:
        """Take a row away; without the row, nothing."""
        self.whole.pop(key, None)
        self.patches.pop(key, None)
        self.gone.add(key)


class Rows:
    """One owner's tables, each an attribute: `rows.requests.update(request_id, status="accepted")`.

    `recorded_at` is the time of the event that is being folded.
    """

    recorded_at: datetime | str

    def __init__(self, tables: Mapping[str, object]) -> None:
        self.changes: Mapping[str, TableChanges] = {name: TableChanges() for name in tables}
        # Folds look a table up for each event: it must not come to `__getattr__`.
        self.__dict__.update(self.changes)

    def __getattr__(self, name: str) -> TableChanges:
        raise AttributeError(f"the projection has no table {name}")

    @property
    def touched(self) -> set[str]:
        """The names of the tables in which something is to change."""
        return {name for name, changes in self.changes.items() if changes}
