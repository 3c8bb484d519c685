"""Folds a batch of events and writes what they change: the one way in which rows come about."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from psycopg import InternalError, OperationalError
from psycopg.errors import InsufficientPrivilege, UndefinedColumn, UndefinedTable
from sqlalchemy import Connection, Table, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from shared.eventlog.recorded import Recorded
from shared.projections.history import Owner
from shared.projections.projection import Projection, owner_of
from shared.projections.rows import Rows, TableChanges, Values

Changed = dict[Owner, set[str]]
FIRST_GENERATION = 1
_DATABASE_FAULTS = (OperationalError, InternalError, InsufficientPrivilege, UndefinedColumn, UndefinedTable)
_log = structlog.get_logger(__name__)


class Misfit(Exception):
    """One of these events can't be folded, or its rows can't be written; the cause says why."""


def apply(connection: Connection, projection: Projection, batch: Sequence[Recorded]) -> Changed:
    """As `apply_all`, but a misfit parks its owner, which stays as it was before that event, and nobody else.

    With one, the events are folded one by one, each with as many statements as the batch would have. An owner
    that was parked has no tables that have changed.
    """
    try:
        return apply_all(connection, projection, batch)
    except Misfit:
        pass
    changed: Changed = {}
    for recorded in batch:
        for owner, names in _apply_alone(connection, projection, recorded).items():
            changed.setdefault(owner, set()).update(names)
    return changed


def apply_all(connection: Connection, projection: Projection, batch: Sequence[Recorded]) -> Changed:
    """Fold `batch` and write the rows, in the caller's transaction; each partition's events are in order.

    Returns the tables in which rows of an owner have changed. Raises Misfit, and leaves everything as it was;
    raises what is wrong with the database.
    """
    try:
        with connection.begin_nested():
            return _apply(connection, projection, batch)
    except Exception as error:
        if not is_an_events_fault(error):
            raise
        raise Misfit from error


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


def _apply(connection: Connection, projection: Projection, batch: Sequence[Recorded]) -> Changed:
    providers = {owner_of(recorded): recorded.provider_id for recorded in batch}
    by_owner = {owner: Rows(projection.tables) for owner in providers}
    generations = _generations(connection, projection, providers)
    for recorded in batch:
        if owner_of(recorded) in generations:
            projection.fold(
                by_owner[owner_of(recorded)],
                recorded.type,
                recorded.schema_version,
                dict(recorded.payload),
                recorded.recorded_at,
            )
    for name, table in projection.tables.items():
        changes = {(owner, at): by_owner[owner].changes[name] for owner, at in generations.items()}
        write(connection, table, changes)
    touched = {Owner(owner, providers[owner]): by_owner[owner].touched for owner in generations}
    return {owner: names for owner, names in touched.items() if names}


def _apply_alone(connection: Connection, projection: Projection, recorded: Recorded) -> Changed:
    try:
        return apply_all(connection, projection, [recorded])
    except Misfit as misfit:
        _park(connection, projection, recorded, misfit.__cause__)
        return {Owner(owner_of(recorded), recorded.provider_id): set()}


def is_an_events_fault(error: Exception) -> bool:
    """Whether what an event holds is to blame, and not the database, its schema or our rights in it."""
    return not isinstance(getattr(error, "orig", error), _DATABASE_FAULTS)


def _park(
    connection: Connection, projection: Projection, recorded: Recorded, error: BaseException | None
) -> None:
    owner = owner_of(recorded)
    reason = f"{recorded.type} {recorded.event_id}: {type(error).__name__}"
    _log.error("projection_parked", projection=projection.name, owner=str(owner), error=reason)
    parked = {"parked_at": recorded.position, "parked_error": reason}
    connection.execute(
        insert(projection.owners)
        .values(owner_id=owner, provider_id=recorded.provider_id, generation=FIRST_GENERATION, **parked)
        .on_conflict_do_update(index_elements=["owner_id"], set_=parked)
    )


def _generations(
    connection: Connection, projection: Projection, providers: Mapping[UUID, UUID]
) -> dict[UUID, int]:
    """The live generation of each owner that is not parked; new owners begin with the first."""
    owners = projection.owners
    known = (
        select(owners.c.owner_id, owners.c.generation, owners.c.parked_at)
        .where(owners.c.owner_id.in_(sorted(providers)))
        .order_by(owners.c.owner_id)
        .with_for_update()
    )
    found = connection.execute(known).all()
    if new := providers.keys() - {row.owner_id for row in found}:
        rows = [
            {"owner_id": owner, "provider_id": providers[owner], "generation": FIRST_GENERATION}
            for owner in sorted(new)
        ]
        connection.execute(insert(owners).on_conflict_do_nothing(), rows)
        found = connection.execute(known).all()
    return {row.owner_id: row.generation for row in found if row.parked_at is None}


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
    return [{**row, **patches[row["owner_id"], row["generation"], str(row[key])]} for row in found]


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
