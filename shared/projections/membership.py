"""Who works on a version of a projection just now, so that its workers share the partitions evenly."""

from functools import cached_property
from math import ceil

from sqlalchemy import Engine, text

from shared.eventlog.log import partition_count
from shared.projections.projection import Projection

ALIVE_S = 3.0
# Others are counted, and the worker itself on top: a statement does not see what it writes.
_BEAT = """
    WITH forgotten AS (
        DELETE FROM {workers} WHERE worker <> :worker AND expires_at < clock_timestamp() - interval '1 minute'
    ), alive AS (
        INSERT INTO {workers} VALUES (:version, :worker, clock_timestamp() + make_interval(secs => :alive))
        ON CONFLICT (version, worker) DO UPDATE SET expires_at = excluded.expires_at
    )
    SELECT 1 + count(*) FROM {workers}
     WHERE version = :version AND worker <> :worker AND expires_at > clock_timestamp()
"""


class Membership:
    """A worker's place among those of its version; who isn't heard of for three seconds has none any more."""

    def __init__(self, engine: Engine, projection: Projection, worker: str) -> None:
        self._engine, self._workers = engine, projection.workers
        self._beat = text(_BEAT.format(workers=projection.workers.fullname))
        self._me = {"version": projection.version, "worker": worker}

    @cached_property
    def _partitions(self) -> int:
        return partition_count(self._engine)

    def share(self) -> int:
        """Be heard of, and return how many partitions a worker may hold: the even part, rounded up."""
        with self._engine.begin() as connection:
            workers = int(connection.execute(self._beat, {**self._me, "alive": ALIVE_S}).scalar_one())
        return ceil(self._partitions / workers)

    def leave(self) -> None:
        """Make room at once."""
        workers = self._workers
        with self._engine.begin() as connection:
            connection.execute(workers.delete().filter_by(**self._me))
