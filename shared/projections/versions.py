"""Versions of a projection: a new one is built beside the one that is served, and the old one is dropped."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import CreateSchema

from shared.failpoints import reach
from shared.projections import rebuild
from shared.projections.enlisting import enlist, everybody_in_the_log
from shared.projections.projection import Projection
from shared.projections.tables import schema_of

# Whoever comes up after a position is reached by the live fold, which begins there.
_FROM_THE_HEAD = (
    "INSERT INTO {checkpoints} (partition, position) SELECT partition, head FROM eventlog.partitions"
)
_PROGRESS = """
    SELECT count(events), count(*) FROM {schema}.rebuild_owners JOIN {schema}.rebuilds USING (rebuild_id)
     WHERE finished_at IS NULL
"""
_BEHIND = """
    SELECT sum(head - position) FROM {schema}.checkpoints JOIN eventlog.partitions USING (partition)
"""


class NotBuilt(Exception):
    """There are owners whose events can't all be folded, so that customers would see less than before."""


class Refused(Exception):
    """A version can't be dropped; the message says why, and what to do."""


@dataclass(frozen=True)
class Version:
    """`behind` is how many events are not folded yet; `workers` how many processes follow and serve it.

    While it is built, or rebuilt, `owners_done` of `owners` are.
    """

    version: int
    built_at: datetime | None
    owners_done: int
    owners: int
    behind: int
    workers: int

    @property
    def state(self) -> str:
        if self.built_at is None:
            return "building"
        return "serving" if self.workers else "idle"


def begin(engine: Engine, projection: Projection) -> None:
    """Make the version's tables, and enlist everybody whose rows are to be built; if it is there, nothing.

    The live fold begins at the head of the log as it is now, and everybody's history up to wherever it is by
    then is folded into place later, under the owner's lock: it does not matter who comes first.
    """
    with engine.begin() as connection:
        _lock(connection, projection)
        versions = projection.versions
        mine = insert(versions).values(version=projection.version, started_at=func.now())
        if connection.execute(mine.on_conflict_do_nothing().returning(versions.c.version)).scalar():
            connection.execute(CreateSchema(projection.schema, if_not_exists=True))
            for table in projection.own_tables:
                table.create(connection)
            connection.execute(text(_FROM_THE_HEAD.format(checkpoints=projection.checkpoints.fullname)))
            enlist(connection, projection, everybody_in_the_log())
    reach("versions.begun")


def is_begun(engine: Engine, projection: Projection) -> bool:
    """Whether the version has tables."""
    return any(each.version == projection.version for each in listing(engine, projection))


def is_built(engine: Engine, projection: Projection) -> bool:
    """Whether everybody's rows are there, so that it can be served."""
    versions = projection.versions
    statement = select(versions.c.built_at.is_not(None)).where(versions.c.version == projection.version)
    with engine.connect() as connection:
        return bool(connection.execute(statement).scalar())


def build(engine: Engine, projection: Projection) -> None:
    """Build the version in this process, or go on where another one stopped; if it is built, nothing.

    Raises AlreadyRunning, NotBuilt.
    """
    if is_built(engine, projection):
        return
    begin(engine, projection)
    with rebuild.alone(engine, projection.schema):
        rebuild_id = rebuild.begin(engine, projection)
        rebuild.work(engine, projection, rebuild_id, rebuild.Share(0, 1), lambda: False)
        finish(engine, projection, rebuild_id)


def finish(engine: Engine, projection: Projection, rebuild_id: UUID) -> None:
    """Have the version served from now on by the processes that know it. Raises NotBuilt."""
    if failed := rebuild.failures(engine, projection, rebuild_id):
        examples = "; ".join(f"{owner}: {error}" for owner, error in failed[:3])
        raise NotBuilt(
            f"{len(failed)} owners have events that version {projection.version} can't fold: {examples}."
        )
    reach("versions.folded")
    versions = projection.versions
    mine = update(versions).where(versions.c.version == projection.version)
    with engine.begin() as connection:
        rebuild.note_finished(connection, projection, rebuild_id)
        connection.execute(mine.values(built_at=func.clock_timestamp()))


def others_serve(engine: Engine, projection: Projection) -> bool:
    """Whether there are processes that serve another version."""
    workers = projection.workers
    alive = workers.c.expires_at > func.clock_timestamp()
    with engine.connect() as connection:
        found = select(exists().where(workers.c.version != projection.version, alive))
        return bool(connection.execute(found).scalar())


def listing(engine: Engine, projection: Projection) -> list[Version]:
    """All versions that there are, the first one first."""
    versions, workers = projection.versions, projection.workers
    alive = (
        select(func.count())
        .where(workers.c.version == versions.c.version, workers.c.expires_at > func.clock_timestamp())
        .scalar_subquery()
    )
    with engine.connect() as connection:
        rows = connection.execute(
            select(versions.c.version, versions.c.built_at, alive.label("workers")).order_by(
                versions.c.version
            )
        ).all()
        return [_described(connection, projection, *row) for row in rows]


def drop(engine: Engine, projection: Projection, version: int) -> None:
    """Take a version's tables away, and all rows in them. Raises Refused, AlreadyRunning."""
    found = {each.version: each for each in listing(engine, projection)}
    if version not in found:
        raise Refused(f"There is no version {version} of {projection.name}.")
    if found[version].workers:
        raise Refused(
            f"{found[version].workers} processes serve version {version}; replace or stop them first."
        )
    if not any(each.built_at for each in found.values() if each.version != version):
        raise Refused(f"No other version of {projection.name} is built; customers would see nothing.")
    schema = schema_of(projection.name, version)
    with rebuild.alone(engine, schema), engine.begin() as connection:
        _lock(connection, projection)
        _drop_tables(connection, projection, schema)
        versions = projection.versions
        connection.execute(versions.delete().where(versions.c.version == version))


def _drop_tables(connection: Connection, projection: Projection, schema: str) -> None:
    """All tables of a schema, whatever a version called them, without those that all versions share."""
    if schema != projection.name:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        return
    names = connection.execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": schema}
    ).scalars()
    own = ", ".join(f"{schema}.{name}" for name in names if name not in projection.common_names)
    connection.execute(text(f"DROP TABLE {own}"))


def _lock(connection: Connection, projection: Projection) -> None:
    """Let nobody else make or drop a version until the transaction ends."""
    key = func.hashtextextended(f"versions {projection.name}", 0)
    connection.execute(select(func.pg_advisory_xact_lock(key)))


def _described(
    connection: Connection, projection: Projection, version: int, built_at: datetime | None, workers: int
) -> Version:
    schema = schema_of(projection.name, version)
    done, owners = connection.execute(text(_PROGRESS.format(schema=schema))).one()
    behind = connection.execute(text(_BEHIND.format(schema=schema))).scalar_one()
    return Version(version, built_at, done, owners, int(behind), workers)
