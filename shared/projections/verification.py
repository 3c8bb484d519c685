"""Compares the live rows with what the log says they should be, and changes nothing."""

from sqlalchemy import Engine, select

from shared.eventlog.log import partition_of
from shared.projections.build import Build, trial_generation
from shared.projections.differences import Changes, compare
from shared.projections.history import Owner
from shared.projections.projection import Projection


def owners(engine: Engine, projection: Projection) -> list[Owner]:
    """Everybody who has rows."""
    table = projection.owners
    with engine.connect() as connection:
        statement = select(table.c.owner_id, table.c.provider_id).order_by(table.c.owner_id)
        return [Owner(row.owner_id, row.provider_id) for row in connection.execute(statement)]


def verify(engine: Engine, projection: Projection, owner: Owner) -> Changes:
    """What a resync would change of the owner's rows; raises Unfoldable.

    All of it is read at one moment, and what it writes for the comparison is undone.
    """
    partition = partition_of(engine, owner.provider_id)
    checkpoints, table = projection.checkpoints, projection.owners
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        reached = select(checkpoints.c.position).where(checkpoints.c.partition == partition)
        build = Build(projection, owner)
        build.fold(connection, connection.execute(reached).scalar_one())
        trial = trial_generation(connection)
        build.write(connection, trial)
        live = select(table.c.generation).where(table.c.owner_id == owner.id)
        changes = compare(connection, projection, owner.id, connection.execute(live).scalar_one(), trial)
        connection.rollback()
    return changes
