"""A connection to PostgreSQL that does not wait for ever for a server that has fallen silent."""

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

T = TypeVar("T")
INTERVAL_S = 0.1
# Later than the server itself would end a statement.
LONGEST_WAIT_S = 40.0


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
                self.close()
            raise
