"""How far a projection is, for queries that wait until it has reached a position."""

import threading

import psycopg
import structlog
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.position import Position
from shared.eventlog.doorbell import notifications
from shared.projections.projection import Projection

WAITERS = 100
LISTEN_TIMEOUT_S = 1.0
RECONNECT_S = 1.0
_log = structlog.get_logger(__name__)


class Freshness:
    """Knows the checkpoints of all partitions: the process that folds one notifies the others.

    At most `waiters` wait at a time, so that a projection that is behind doesn't keep the workers from those
    who don't wait.
    """

    def __init__(self, engine: Engine, projection: Projection, *, waiters: int = WAITERS) -> None:
        self._engine, self._projection = engine, projection
        self._places = threading.BoundedSemaphore(waiters)
        self._positions: dict[int, int] = {}
        self._changed = threading.Condition()
        self._stop = threading.Event()

    def reached(self, at: Position) -> None:
        """Note that the projection has come so far."""
        with self._changed:
            if at.position > self._positions.get(at.partition, 0):
                self._positions[at.partition] = at.position
                self._changed.notify_all()

    def has(self, at: Position) -> bool:
        """Whether the projection is known to reflect `at`."""
        return self._positions.get(at.partition, 0) >= at.position

    def wait_for(self, at: Position, timeout: float) -> bool:
        """Wait until the projection reflects `at`.

        False when `timeout` seconds were not enough, or at once when as many wait already as may.
        """
        if self.has(at):
            return True
        if not self._places.acquire(blocking=False):
            return False
        try:
            with self._changed:
                return self._changed.wait_for(lambda: self.has(at), timeout)
        finally:
            self._places.release()

    def follow(self) -> None:
        """Listen to the processes that fold, until `stop`."""
        while not self._stop.is_set():
            try:
                for payloads in notifications(
                    self._engine, self._projection.schema, timeout=LISTEN_TIMEOUT_S
                ):
                    if self._stop.is_set():
                        return
                    self._note(payloads)
            except (psycopg.Error, SQLAlchemyError) as error:
                _log.warning("freshness_interrupted", error=type(error).__name__)
                self._stop.wait(RECONNECT_S)

    def stop(self) -> None:
        self._stop.set()

    def _note(self, payloads: list[str]) -> None:
        """What the notifications say; in a silence, what the table says, in case one was missed."""
        if payloads:
            for payload in payloads:
                self.reached(Position.parse(payload))
        else:
            checkpoints = self._projection.checkpoints
            with self._engine.connect() as connection:
                for row in connection.execute(select(checkpoints.c.partition, checkpoints.c.position)):
                    self.reached(Position(*row))
