"""Replaces one owner's rows by the same ones folded anew; readers see either the old or the new."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.position import Position
from shared.database.statement import rows
from shared.eventlog.log import partition_of
from shared.failpoints import reach
from shared.projections.build import Build, Progress, Unfoldable, first_unwritable
from shared.projections.differences import Changes, compare
from shared.projections.engine import FIRST_GENERATION, is_an_events_fault
from shared.projections.history import Owner
from shared.projections.projection import Projection


@dataclass(frozen=True)
class Renewed:
    """`changes` says what was different before; `at` is the position that the new rows reflect."""

    events: int
    at: Position
    changes: Changes


_NOT_PARKED = {"parked_at": None, "parked_error": None}
Finish = Callable[[Connection, Renewed], None]


def renew(
    engine: Engine,
    projection: Projection,
    owner: Owner,
    *,
    progress: Progress = lambda _: None,
    finish: Finish = lambda _connection, _renewed: None,
    comparing: bool = True,
    misfit: Unfoldable | None = None,
) -> Renewed:
    """Fold the owner's history into the next generation and make that the live one.

    The bulk is folded without holding anybody up. The rest, up to the checkpoint, is folded under the owner's
    lock, which the live fold takes too; rows, pointer, the old rows' end and whatever `finish` writes are one
    transaction, so that a crash at any point leaves the old rows alone. A parked owner is parked no longer;
    one of whom a `misfit` is known gets what was before that, and is parked there. Raises Unfoldable, and
    leaves everything as it was.
    """
    partition = partition_of(engine, owner.provider_id)
    build = Build(projection, owner)
    with engine.begin() as connection:
        build.fold(connection, _until(connection, projection, partition, misfit), progress)
        reach("renewal.folded")
        live = _locked(connection, projection, owner)
        build.fold(connection, _until(connection, projection, partition, misfit), progress)
        if build.tells_of_erased(connection):
            # Who is erased only from here on has the live fold ask for another renewal, behind this one.
            build = Build(projection, owner)
            build.fold(connection, _until(connection, projection, partition, misfit), progress)
        _write(connection, build, live + 1)
        reach("renewal.written")
        changes = compare(connection, projection, owner.id, live, live + 1) if comparing else {}
        _flip(connection, projection, owner, live + 1, misfit)
        renewed = Renewed(build.events, Position(partition, build.position), changes)
        finish(connection, renewed)
        reach("renewal.flipped")
    return renewed


def renew_or_park(
    engine: Engine, projection: Projection, owner: Owner, *, finish: Finish, comparing: bool
) -> Renewed:
    """As `renew`, but who has an event that can't be folded gets what was before it, and is parked there."""
    misfit = None
    while True:
        try:
            return renew(engine, projection, owner, finish=finish, comparing=comparing, misfit=misfit)
        except Unfoldable as earlier:
            misfit = earlier


def _write(connection: Connection, build: Build, generation: int) -> None:
    """Raises Unfoldable for an event whose rows the database refuses."""
    try:
        with connection.begin_nested():
            build.write(connection, generation)
    except Exception as error:
        if not is_an_events_fault(error):
            raise
        raise first_unwritable(connection, build, error) from error


def _locked(connection: Connection, projection: Projection, owner: Owner) -> int:
    """Hold the owner's row, which there is from now on; its live generation."""
    owners = projection.owners
    begun = insert(owners).values(
        owner_id=owner.id, provider_id=owner.provider_id, generation=FIRST_GENERATION
    )
    held = begun.on_conflict_do_update(
        index_elements=[owners.c.owner_id], set_={"generation": owners.c.generation}
    )
    return int(connection.execute(held.returning(owners.c.generation)).scalar_one())


def _until(connection: Connection, projection: Projection, partition: int, misfit: Unfoldable | None) -> int:
    """How far the live rows are; the new ones must be as far, since the live fold goes on from there.

    It does not for who is parked.
    """
    statement = f"SELECT position FROM {projection.checkpoints.fullname} WHERE partition = %(partition)s"
    [(reached,)] = rows(connection, statement, {"partition": partition})
    return min(reached, misfit.position - 1) if misfit else int(reached)


def _flip(
    connection: Connection, projection: Projection, owner: Owner, generation: int, misfit: Unfoldable | None
) -> None:
    parked = {"parked_at": misfit.position, "parked_error": str(misfit)} if misfit else _NOT_PARKED
    connection.execute(_flipping(projection), {"owner_id": owner.id, "generation": generation, **parked})


@cache
def _flipping(projection: Projection) -> TextClause:
    """One statement that moves the pointer and deletes the rows of all other generations."""
    deletions = [
        f"{name} AS (DELETE FROM {table.fullname} WHERE owner_id = :owner_id AND generation <> :generation)"
        for name, table in projection.tables.items()
    ]
    return text(
        f"""
        WITH {", ".join(deletions)}
        UPDATE {projection.owners.fullname}
           SET generation = :generation, parked_at = :parked_at, parked_error = :parked_error
         WHERE owner_id = :owner_id
        """
    )
