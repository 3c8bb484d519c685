"""What differs between two generations of one owner's rows: normally nothing."""

from collections.abc import Mapping
from functools import cache
from uuid import UUID

from sqlalchemy import Connection, Table, TextClause, bindparam, text

from shared.projections.projection import Projection

Changes = dict[str, dict[str, int]]
KINDS = ("added", "changed", "removed")


def compare(connection: Connection, projection: Projection, owner_id: UUID, old: int, new: int) -> Changes:
    """Section → how many rows `new` has more, other and fewer than `old`; equal sections are left out."""
    found: Changes = {}
    parameters = {"owner_id": owner_id, "old": old, "new": new}
    for name, *counts in connection.execute(_comparison(projection), parameters):
        if any(counts):
            found[name] = dict(zip(KINDS, counts, strict=True))
    return found


@cache
def _comparison(projection: Projection) -> TextClause:
    parts = [_part(name, table) for name, table in projection.tables.items()]
    statement = text("\nUNION ALL\n".join(parts))
    return statement.bindparams(bindparam("owner_id"), bindparam("old"), bindparam("new"))


def _part(name: str, table: Table) -> str:
    key, *others = [column.name for column in table.c][2:]
    differs = f"({_list('a', others)}) IS DISTINCT FROM ({_list('b', others)})"
    return f"""
    SELECT '{name}' AS section,
           count(*) FILTER (WHERE a.{key} IS NULL) AS added,
           count(*) FILTER (WHERE a.{key} IS NOT NULL AND b.{key} IS NOT NULL AND {differs}) AS changed,
           count(*) FILTER (WHERE b.{key} IS NULL) AS removed
      FROM (SELECT * FROM {table.fullname} WHERE owner_id = :owner_id AND generation = :old) AS a
      FULL JOIN (SELECT * FROM {table.fullname} WHERE owner_id = :owner_id AND generation = :new) AS b
        ON a.{key} = b.{key}
    """


def _list(alias: str, columns: list[str]) -> str:
    return ", ".join(f"{alias}.{column}" for column in columns)


def in_words(changes: Mapping[str, Mapping[str, int]]) -> str:
    """A result for people: `sites: 1 was missing; requests: 2 were wrong`."""
    kinds = {"added": "missing", "changed": "wrong", "removed": "too many"}
    parts = [
        f"{section}: {count} {'was' if count == 1 else 'were'} {kinds[kind]}"
        for section, counts in changes.items()
        for kind, count in counts.items()
        if count
    ]
    return "; ".join(parts) or "nothing was different"
