"""The engine's own tables of a projection: some for each of its versions, some for all of them."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

_LONG_AGO = text("'-infinity'")
# Checkpoints are updated all the time: with room on their page, no index needs to be.
_ROOMY = {"fillfactor": 10}


def schema_of(name: str, version: int) -> str:
    """Where the tables of a version lie: the first one's under the projection's own name."""
    return name if version == 1 else f"{name}_v{version}"


class VersionTables:
    """Each version has its own, which it makes itself.

    `owners` holds each owner's live generation and, when it is parked, where and why; `checkpoints` the
    position up to which each partition is folded, and its lease; `rebuilds` and `rebuild_owners` how far
    it is built, and how far operators' rebuilds are.
    """

    def __init__(self, metadata: MetaData) -> None:
        self.owners = Table(
            "owners",
            metadata,
            Column("owner_id", Uuid, primary_key=True),
            Column("provider_id", Uuid, nullable=False),
            Column("generation", Integer, nullable=False),
            Column("parked_at", BigInteger),
            Column("parked_error", Text),
        )
        self.checkpoints = Table(
            "checkpoints",
            metadata,
            Column("partition", SmallInteger, primary_key=True, autoincrement=False),
            Column("position", BigInteger, nullable=False, server_default=text("0")),
            Column("owner", Text),
            Column("fence", BigInteger, nullable=False, server_default=text("0")),
            Column("expires_at", DateTime(timezone=True), nullable=False, server_default=_LONG_AGO),
            postgresql_with=_ROOMY,
        )
        self.rebuilds = Table(
            "rebuilds",
            metadata,
            Column("rebuild_id", Uuid, primary_key=True),
            Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
            Column("finished_at", DateTime(timezone=True)),
            Index(
                "rebuild_under_way", text("(1)"), unique=True, postgresql_where=text("finished_at IS NULL")
            ),
        )
        self.rebuild_owners = Table(
            "rebuild_owners",
            metadata,
            Column(
                "rebuild_id",
                Uuid,
                ForeignKey(self.rebuilds.c.rebuild_id, ondelete="CASCADE"),
                primary_key=True,
            ),
            Column("owner_id", Uuid, primary_key=True),
            Column("provider_id", Uuid, nullable=False),
            Column("share", Integer, nullable=False),
            Column("events", Integer),
            Column("error", Text),
        )


class CommonTables:
    """All versions share them, and a migration makes them.

    `resyncs` holds what was asked for by hand; `versions` which versions there are, and since when they are
    built; `workers` who keeps which version up to date just now.
    """

    def __init__(self, metadata: MetaData) -> None:
        self.resyncs = Table(
            "resyncs",
            metadata,
            Column("resync_id", Uuid, primary_key=True),
            Column("owner_id", Uuid, nullable=False),
            Column("provider_id", Uuid, nullable=False),
            Column("state", Text, nullable=False),
            Column("applied", Integer, nullable=False),
            Column("total", Integer),
            Column("changes", JSONB),
            Column("error", Text),
            Column("requested_at", DateTime(timezone=True), nullable=False),
            Column("started_at", DateTime(timezone=True)),
            Column("finished_at", DateTime(timezone=True)),
            Column("fence", BigInteger, nullable=False),
            Column("expires_at", DateTime(timezone=True), nullable=False),
        )
        self.versions = Table(
            "versions",
            metadata,
            Column("version", SmallInteger, primary_key=True),
            Column("started_at", DateTime(timezone=True), nullable=False),
            Column("built_at", DateTime(timezone=True)),
        )
        self.workers = Table(
            "workers",
            metadata,
            Column("version", SmallInteger, primary_key=True),
            Column("worker", Text, primary_key=True),
            Column("expires_at", DateTime(timezone=True), nullable=False),
        )
