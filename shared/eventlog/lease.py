"""A partition's lease: who may move a position forward, until when, and under which fence."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, func, or_, select, text, update

from shared.database.statement import rows

LEASE_S = 4.0


class Fenced(Exception):
    """Another process has taken the work over, or may have, or it is done already; stop it at once."""


class PartitionsLost(Fenced):
    """So it is with these partitions."""

    def __init__(self, partitions: set[int]) -> None:
        super().__init__(f"lost: {', '.join(map(str, sorted(partitions)))}")
        self.partitions = partitions


@dataclass
class Lease:
    """The right to work on `partition`, from `position` on, for as long as `valid`."""

    partition: int
    position: int
    fence: int
    expires: float

    @property
    def valid(self) -> bool:
        """By this process's own clock, counted from before the lease was asked for."""
        return self.remaining > 0

    @property
    def remaining(self) -> float:
        """Seconds until it runs out."""
        return self.expires - time.monotonic()


_SAVE = """
UPDATE {table} AS t
   SET position = reached.position
  FROM unnest(%(partitions)s::int[], %(fences)s::bigint[], %(positions)s::bigint[])
       AS reached (partition, fence, position)
 WHERE t.partition = reached.partition AND t.fence = reached.fence AND t.position <= reached.position
RETURNING t.partition
"""


class Leases:
    """Leases on the partitions of a table with the columns partition, position, owner, fence, expires_at.

    Expiry is judged by the database's clock alone, so that clocks of machines need not agree. The position
    moves only forward, and only under the fence that the lease was given: a process that slept through its
    lease and was replaced is told so when it tries.
    """

    def __init__(self, engine: Engine, table: Table, owner: str, *, duration: float = LEASE_S) -> None:
        self._engine, self._table, self._owner, self._duration = engine, table, owner, duration
        self._save = _SAVE.format(table=table.fullname)

    def acquire(self, limit: int | None = None) -> list[Lease]:
        """Take up to `limit` partitions whose lease is free or has run out."""
        asked = time.monotonic()
        table = self._table
        with self._engine.begin() as connection:
            free = (
                select(table.c.partition)
                .where(table.c.expires_at < func.clock_timestamp())
                .order_by(table.c.partition)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            rows = connection.execute(
                update(table)
                .where(table.c.partition.in_(free))
                .values(owner=self._owner, fence=table.c.fence + 1, expires_at=self._expiry())
                .returning(table.c.partition, table.c.position, table.c.fence)
            ).all()
        return [Lease(row.partition, row.position, row.fence, asked + self._duration) for row in sorted(rows)]

    def renew(self, leases: list[Lease]) -> list[Lease]:
        """Extend the leases that are still ours and return those that are not."""
        if not leases:
            return []
        asked = time.monotonic()
        table = self._table
        ours = or_(*((table.c.partition == one.partition) & (table.c.fence == one.fence) for one in leases))
        with self._engine.begin() as connection:
            renewed = set(
                connection.execute(
                    update(table).where(ours).values(expires_at=self._expiry()).returning(table.c.partition)
                ).scalars()
            )
        for lease in leases:
            if lease.partition in renewed:
                lease.expires = asked + self._duration
        return [lease for lease in leases if lease.partition not in renewed]

    def release(self, leases: list[Lease]) -> None:
        """Give leases back, so that the next process need not wait for them to run out."""
        if not leases:
            return
        table = self._table
        with self._engine.begin() as connection:
            for lease in leases:
                connection.execute(
                    update(table)
                    .where(table.c.partition == lease.partition, table.c.fence == lease.fence)
                    .values(owner=None, expires_at=text("'-infinity'"))
                )

    def save(self, connection: Connection, reached: Sequence[tuple[Lease, int]]) -> None:
        """Move the positions of partitions within the caller's transaction; raises PartitionsLost.

        A partition that is further already is lost, too, be the lease ours: an earlier save was carried out
        whose answer got lost. Whoever is given the lease next, maybe we, goes on from there.
        """
        leases, positions = zip(*reached, strict=True)
        moved = rows(
            connection,
            self._save,
            {
                "partitions": [lease.partition for lease in leases],
                "fences": [lease.fence for lease in leases],
                "positions": list(positions),
            },
        )
        if lost := {lease.partition for lease in leases} - {partition for (partition,) in moved}:
            raise PartitionsLost(lost)

    def _expiry(self) -> object:
        return func.clock_timestamp() + text(f"interval '{self._duration} seconds'")
