"""Keeps a projection up to date: takes leases on partitions and folds what the log has new in them."""

import threading

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.position import Position
from shared.eventlog import log
from shared.eventlog.lease import LEASE_S, Fenced, Lease, Leases
from shared.projections.engine import apply
from shared.projections.freshness import Freshness
from shared.projections.projection import Projection

BATCH = 500
POLL_S = 0.5
_log = structlog.get_logger(__name__)


class Worker:
    """Folds the partitions that it holds leases on, until `stop`.

    `wake` says that there is something new; without it, it looks twice a second. The checkpoint moves in
    the transaction that writes the rows, under the lease's fence: whatever happens in between, each event's
    effect is there once.
    """

    def __init__(self, engine: Engine, projection: Projection, freshness: Freshness, *, owner: str) -> None:
        self._engine, self._projection, self._freshness = engine, projection, freshness
        self._leases = Leases(engine, projection.checkpoints, owner)
        self._held: list[Lease] = []
        self._wake = threading.Event()
        self._stop = threading.Event()

    def wake(self) -> None:
        """Look at the log now."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the batch at hand and give the leases back."""
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        """Work until `stop`; outlives failures of the database."""
        while not self._stop.is_set():
            try:
                self._hold_leases()
                self.catch_up()
            except SQLAlchemyError as error:
                _log.warning("projection_interrupted", error=type(error).__name__)
            self._wake.wait(POLL_S)
            self._wake.clear()
        self._give_back()

    def catch_up(self) -> None:
        """Fold all that is new in the partitions held."""
        for lease in list(self._held):
            try:
                while not self._stop.is_set() and self._step(lease):
                    self._hold_leases()
            except Fenced:
                _log.warning("projection_fenced", partition=lease.partition)
                self._drop(lease)

    def _step(self, lease: Lease) -> bool:
        """Fold one batch; False when there was nothing new."""
        if not lease.valid:
            raise Fenced(f"the lease on partition {lease.partition} ran out")
        with self._engine.begin() as connection:
            batch = log.read(connection, lease.partition, after=lease.position, limit=BATCH)
            if not batch:
                return False
            apply(connection, self._projection, batch)
            reached = batch[-1].at
            self._leases.save(connection, lease, reached.position)
            connection.execute(
                text("SELECT pg_notify(:channel, :position)"),
                {"channel": self._projection.name, "position": str(reached)},
            )
        lease.position = reached.position
        self._freshness.reached(Position(lease.partition, reached.position))
        return True

    def _hold_leases(self) -> None:
        """Renew in time, and take over partitions that nobody holds."""
        due = [lease for lease in self._held if lease.remaining < LEASE_S / 2]
        if due:
            for lost in self._leases.renew(self._held):
                _log.warning("projection_lease_lost", partition=lost.partition)
                self._drop(lost)
        if due or not self._held:
            self._held += self._leases.acquire()

    def _drop(self, lost: Lease) -> None:
        """Hold a lease no longer; it may be found lost twice, when it is renewed and when it is worked on."""
        self._held = [lease for lease in self._held if lease is not lost]

    def _give_back(self) -> None:
        try:
            self._leases.release(self._held)
        except SQLAlchemyError as error:
            _log.warning("projection_leases_not_released", error=type(error).__name__)
