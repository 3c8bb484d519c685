"""A connection to PostgreSQL that does not wait for ever for a server that has fallen silent."""

from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

T = TypeVar("T")
INTERVAL_S = 0.1
# Later than the server itself would end a statement.
LONGEST_WAIT_S = 40.0
# One that has waited for its client for less is another one: a server that was started anew may number its
# sessions as before.
_END = """
SELECT pid, CASE WHEN xact_start IS NULL THEN true
                 WHEN wait_event = 'ClientRead' AND state_change < clock_timestamp() - waited * interval '1 s'
                 THEN pg_terminate_backend(pid) END
  FROM unnest(%s::int[], %s::float[]) AS abandoned (pid, waited) JOIN pg_stat_activity USING (pid)
 WHERE usename = current_user
"""


class _Session(NamedTuple):
    """A session as its server knows it."""

    host: str
    port: int
    user: str
    process: int


# How long each was waited for, in seconds.
_abandoned: dict[_Session, float] = {}


class BoundedConnection(psycopg.Connection[Any]):
    """Gives itself up when an answer takes longer than `longest_wait` seconds; None is for ever.

    Where a line is cut without a word, or a proxy keeps its end of it open, nothing else would tell: what
    limits a statement is the server, and TCP waits for hours.
    """

    longest_wait: float | None = LONGEST_WAIT_S

    def wait(self, gen: PQGen[T], interval: float = INTERVAL_S, timeout: float | None = None) -> T:
        """As psycopg's; raises OperationalError, and is closed, when the wait was too long."""
        longest = self.longest_wait if timeout is None else timeout
        try:
            return super().wait(gen, interval, longest)
        except psycopg.OperationalError:
            # What the server says itself comes with the end of the statement.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                _abandoned[self._session(self.pgconn.backend_pid)] = longest or 0.0
                self.close()
            raise

    def end_abandoned(self) -> None:
        """End the transactions of this role that were given up; the server may not know, and keep the locks.

        It has a limit for them, which does not hold while it waits for the rest of what was being sent.
        """
        mine = self._session(0)
        left = {each.process: waited for each, waited in list(_abandoned.items()) if each[:-1] == mine[:-1]}
        if not left:
            return
        ended = dict(self.execute(_END, [list(left), list(left.values())]).fetchall())
        self.rollback()
        for process in left:
            if ended.get(process, True):
                _abandoned.pop(self._session(process), None)

    def _session(self, process: int) -> _Session:
        return _Session(self.info.host, self.info.port, self.info.user, process)
