"""Folds a batch of events and writes what they change: the one way in which rows come about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from psycopg import InternalError, OperationalError
from psycopg.errors import InsufficientPrivilege, UndefinedColumn, UndefinedTable
from sqlalchemy import Connection, Table, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from shared.eventlog.recorded import Recorded
from shared.projections.projection import Projection, owner_of
from shared.projections.rows import Rows, TableChanges, Values

FIRST_GENERATION = 1
_DATABASE_FAULTS = (OperationalError, InternalError, InsufficientPrivilege, UndefinedColumn, UndefinedTable)
_log = structlog.get_logger(__name__)


def apply(connection: Connection, projection: Projection, batch: Sequence[Recorded]) -> None:
    """Fold `batch`, events of one partition in order, and write the rows, in the caller's transaction.

    An event that can't be folded, or whose rows can't be written, parks its owner, which stays as it was
    before that event, and nobody else. Raises what is wrong with the database.
    """
    try:
        with connection.begin_nested():
            _apply(connection, projection, batch)
    except Exception as error:
        if not _is_an_events_fault(error):
            raise
        for recorded in batch:
            _apply_alone(connection, projection, recorded)


def write(connection: Connection, table: Table, changes: Mapping[tuple[UUID, int], TableChanges]) -> None:
    """Write changes of owners' generations to one table."""
    key = _key(table)
    gone = [(*owner, row) for owner, change in changes.items() for row in change.gone]
    if gone:
        connection.execute(delete(table).where(_identity(table).in_(gone)))
    whole = [
        {"owner_id": owner, "generation": generation, key: row, **values}
        for (owner, generation), change in changes.items()
        for row, values in change.whole.items()
    ]
    _put(connection, table, whole + _patched(connection, table, changes))


def _apply(connection: Connection, projection: Projection, batch: Sequence[Recorded]) -> None:
    by_owner = {owner: Rows(projection.tables) for owner in {owner_of(recorded) for recorded in batch}}
    generations = _generations(connection, projection, by_owner)
    for recorded in batch:
        if owner_of(recorded) in generations:
            projection.fold(by_owner[owner_of(recorded)], recorded)
    for name, table in projection.tables.items():
        changes = {(owner, at): by_owner[owner].changes[name] for owner, at in generations.items()}
        write(connection, table, changes)


def _apply_alone(connection: Connection, projection: Projection, recorded: Recorded) -> None:
    try:
        with connection.begin_nested():
            _apply(connection, projection, [recorded])
    except Exception as error:
        if not _is_an_events_fault(error):
            raise
        _park(connection, projection, recorded, error)


def _is_an_events_fault(error: Exception) -> bool:
    """Whether what an event holds is to blame, and not the database, its schema or our rights in it."""
    return not isinstance(getattr(error, "orig", error), _DATABASE_FAULTS)


def _park(connection: Connection, projection: Projection, recorded: Recorded, error: Exception) -> None:
    owner = owner_of(recorded)
    reason = f"{recorded.type} {recorded.event_id}: {type(error).__name__}"
    _log.error("projection_parked", projection=projection.name, owner=str(owner), error=reason)
    parked = {"parked_at": recorded.position, "parked_error": reason}
    connection.execute(
        insert(projection.owners)
        .values(owner_id=owner, generation=FIRST_GENERATION, **parked)
        .on_conflict_do_update(index_elements=["owner_id"], set_=parked)
    )


def _generations(
    connection: Connection, projection: Projection, owner_ids: Iterable[UUID]
) -> dict[UUID, int]:
    """The live generation of each owner that is not parked; new owners begin with the first."""
    owners, ids = projection.owners, sorted(owner_ids)
    rows = [{"owner_id": owner, "generation": FIRST_GENERATION} for owner in ids]
    connection.execute(insert(owners).on_conflict_do_nothing(), rows)
    found = connection.execute(
        select(owners.c.owner_id, owners.c.generation)
        .where(owners.c.owner_id.in_(ids), owners.c.parked_at.is_(None))
        .with_for_update()
    )
    return {row.owner_id: row.generation for row in found}


def _patched(
    connection: Connection, table: Table, changes: Mapping[tuple[UUID, int], TableChanges]
) -> list[Values]:
    """The rows that are only patched, as they are with their patches; without the row, nothing."""
    patches = {
        (*owner, row): values for owner, change in changes.items() for row, values in change.patches.items()
    }
    if not patches:
        return []
    key = _key(table)
    found = connection.execute(select(table).where(_identity(table).in_(list(patches)))).mappings()
    return [{**row, **patches[row["owner_id"], row["generation"], row[key]]} for row in found]


def _put(connection: Connection, table: Table, rows: list[Values]) -> None:
    if not rows:
        return
    statement = insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=others), rows
    )


def _identity(table: Table) -> Any:
    return tuple_(*table.primary_key)


def _key(table: Table) -> str:
    """The name of the column that tells an owner's rows apart."""
    return list(table.primary_key)[2].name
