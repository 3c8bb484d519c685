"""A connection to PostgreSQL that does not wait for ever for a server that has fallen silent."""

from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

T = TypeVar("T")
INTERVAL_S = 0.1
# Later than the server itself would end a statement.
LONGEST_WAIT_S = 40.0
# Sessions that wait for what will never come; their role may end them.
_END = """
SELECT pid, wait_event = 'ClientRead' AND pg_terminate_backend(pid) AS ended
  FROM pg_stat_activity
 WHERE pid = ANY(%s) AND usename = current_user
"""


class _Session(NamedTuple):
    """A session as its server knows it."""

    host: str
    port: int
    user: str
    process: int


_abandoned: set[_Session] = set()


class BoundedConnection(psycopg.Connection[Any]):
    """Gives itself up when an answer takes longer than `longest_wait` seconds; None is for ever.

    Where a line is cut without a word, or a proxy keeps its end of it open, nothing else would tell: what
    limits a statement is the server, and TCP waits for hours.
    """

    longest_wait: float | None = LONGEST_WAIT_S

    def wait(self, gen: PQGen[T], interval: float = INTERVAL_S, timeout: float | None = None) -> T:
        """As psycopg's; raises OperationalError, and is closed, when the wait was too long."""
        try:
            return super().wait(gen, interval, self.longest_wait if timeout is None else timeout)
        except psycopg.OperationalError:
            # What the server says itself comes with the end of the statement.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                _abandoned.add(self._session(self.pgconn.backend_pid))
                self.close()
            raise

    def end_abandoned(self) -> None:
        """End the sessions of this role that were given up: the server may not know, and hold their locks.

        It ends an open transaction itself, but not while it waits for the rest of what was being sent.
        """
        mine = self._session(0)
        if processes := [each.process for each in _abandoned if each[:-1] == mine[:-1]]:
            known = dict(self.execute(_END, [processes]).fetchall())
            self.rollback()
            _abandoned.difference_update(
                self._session(process) for process in processes if known.get(process, True)
            )

    def _session(self, process: int) -> _Session:
        return _Session(self.info.host, self.info.port, self.info.user, process)
