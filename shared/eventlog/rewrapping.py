"""Encrypts the keys of all persons anew with another master key, while everybody goes on working."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Engine, func, select, update

from shared.eventlog.tables import subject_keys
from shared.identity.master_keys import MasterKeys

BATCH = 500
_FIRST = UUID(int=0)


def used(engine: Engine) -> dict[int, int]:
    """By the number of a master key: how many persons' keys are encrypted with it."""
    number = subject_keys.c.master_key
    statement = select(number, func.count()).where(number.is_not(None)).group_by(number)
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(statement)}


def rewrap(engine: Engine, masters: MasterKeys, number: int, advance: Callable[[int], None]) -> None:
    """Encrypt all keys with that master key; what is done stays done wherever it is interrupted.

    `advance` is told how many more are done. Data is not touched. Raises MasterKeyMissing.
    """
    while set(used(engine)) - {number}:
        after: UUID | None = _FIRST
        while after is not None:
            after = _rewrap_some(engine, masters, number, after, advance)


def _rewrap_some(
    engine: Engine, masters: MasterKeys, number: int, after: UUID, advance: Callable[[int], None]
) -> UUID | None:
    """The last of the persons that were looked at, or None when there was nobody left."""
    table = subject_keys
    others = (
        select(table.c.subject_id, table.c.master_key, table.c.wrapped_key)
        .where(table.c.subject_id > after, table.c.master_key != number)
        .order_by(table.c.subject_id)
        .limit(BATCH)
        .with_for_update()
    )
    with engine.begin() as connection:
        found = connection.execute(others).all()
        for row in found:
            about = str(row.subject_id)
            key = masters.unwrap(row.master_key, row.wrapped_key, about=about)
            wrapped = masters.wrap(number, key, about=about)
            connection.execute(
                update(table)
                .where(table.c.subject_id == row.subject_id)
                .values(master_key=number, wrapped_key=wrapped)
            )
    advance(len(found))
    return found[-1].subject_id if found else None
