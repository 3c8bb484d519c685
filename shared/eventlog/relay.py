"""The relay: brings every event of the log to RabbitMQ, in order and at least once, and never skips one.

Run as a process of its own by `python -m shared.eventlog.relay`; any number may run, each partition has one.
"""

import sys
import threading
import time
from collections.abc import Iterable

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from shared.eventlog.doorbell import listen
from shared.eventlog.lease import Lease, Leases
from shared.eventlog.pruning import Pruning
from shared.eventlog.relay_partition import PartitionRelay
from shared.eventlog.tables import relay
from shared.messaging.backoff import Backoff
from shared.messaging.publisher import Publisher

RENEW_S = 0.8
# Many rounds of leases, each of which may wait for the database.
STUCK_S = 120.0
STOP_S = 12.0
# How soon the thread that hears of new events sees that it is to end.
LISTEN_S = 1.0
FIRST = 0
_log = structlog.get_logger(__name__)


class Relay:
    """Takes the leases of all free partitions and works on each in a thread; needs a connection a partition.

    `batch` is how many events are in flight per partition, `poll` how often, in seconds, the log is looked
    at when no notification comes. `publisher` stays the caller's to close. Whoever has the first partition
    also prunes, so that one process does.
    """

    def __init__(
        self, engine: Engine, publisher: Publisher, *, owner: str, batch: int = 500, poll: float = 1.0
    ) -> None:
        self._engine, self._publisher = engine, publisher
        self._batch, self._poll = batch, poll
        self._leases = Leases(engine, relay, owner)
        self._partitions: dict[int, PartitionRelay] = {}
        self._stopping = threading.Event()
        self._looked_at = time.monotonic()
        self._lease_error: str | None = None
        pruning = Pruning(engine, self._has_the_first)
        self._threads = [
            threading.Thread(target=pruning.run, args=[self._stopping], name="relay pruning", daemon=True),
            threading.Thread(target=self._keep_leases, name="relay leases", daemon=True),
            threading.Thread(target=self._listen, name="relay doorbell", daemon=True),
        ]

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the batches in hand, within 12 s, and give the leases back."""
        self._stopping.set()
        deadline = time.monotonic() + STOP_S
        self._stop_partitions()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        # Again, for those that a lease was just being taken for.
        self._stop_partitions()
        for partition in self._partitions.values():
            partition.join(max(0.0, deadline - time.monotonic()))
        # A partition that is still at work keeps its lease until that runs out.
        self._release(partition for partition in self._partitions.values() if not partition.alive)

    def ailment(self) -> str | None:
        """A check: whether its threads turn."""
        dead = [thread.name for thread in self._threads if not thread.is_alive()]
        if dead:
            return f"ended: {', '.join(dead)}"
        silent = time.monotonic() - self._looked_at
        return f"no look at the leases for {silent:.0f} s" if silent > STUCK_S else None

    def obstacle(self) -> str | None:
        """A check: whether it publishes, or stands by for partitions that other relays hold."""
        errors = [f"partition {each.partition}: {each.error}" for each in self._at_work() if each.error]
        return self._lease_error or "; ".join(errors) or None

    def _at_work(self) -> list[PartitionRelay]:
        partitions = list(self._partitions.values())
        return [each for each in partitions if each.lease is not None and each.lease.valid]

    def _stop_partitions(self) -> None:
        for partition in list(self._partitions.values()):
            partition.stop()

    def _keep_leases(self) -> None:
        backoff, delay = Backoff(), 0.0
        while not self._stopping.wait(delay):
            self._looked_at = time.monotonic()
            try:
                self._renew()
                self._acquire()
            except SQLAlchemyError as error:
                self._lease_error = f"leases: {type(error).__name__}"
                delay = backoff.next()
                _log.error("relay_leases_failed", reason=type(error).__name__, retry_in=delay)
            else:
                self._lease_error = None
                backoff.reset()
                delay = RENEW_S

    def _renew(self) -> None:
        self._bury(partition for partition in list(self._partitions.values()) if not partition.alive)
        held = _held(self._partitions.values())
        lost = self._leases.renew(held) if held else []
        for lease in lost:
            self._partitions[lease.partition].revoke(lease)

    def _acquire(self) -> None:
        for lease in self._leases.acquire():
            _log.info("relay_partition_taken", partition=lease.partition, position=lease.position)
            self._partition(lease.partition).grant(lease)

    def _partition(self, number: int) -> PartitionRelay:
        if number not in self._partitions:
            self._partitions[number] = PartitionRelay(
                self._engine, self._publisher, self._leases, number, batch=self._batch, poll=self._poll
            )
        return self._partitions[number]

    def _has_the_first(self) -> bool:
        first = self._partitions.get(FIRST)
        lease = first.lease if first else None
        return lease is not None and lease.valid

    def _bury(self, ended: Iterable[PartitionRelay]) -> None:
        """Give back what a thread held that died of an error nobody foresaw; it will be tried anew."""
        for partition in ended:
            _log.error("relay_partition_died", partition=partition.partition)
            self._release([partition])
            del self._partitions[partition.partition]

    def _release(self, partitions: Iterable[PartitionRelay]) -> None:
        try:
            self._leases.release(_held(partitions))
        except SQLAlchemyError as error:
            _log.warning("relay_leases_not_released", reason=type(error).__name__)

    def _listen(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                for numbers in listen(self._engine, timeout=LISTEN_S):
                    if self._stopping.is_set():
                        return
                    backoff.reset()
                    self._wake(numbers)
            except psycopg.OperationalError as error:
                # The poll goes on without it.
                _log.warning("relay_doorbell_lost", reason=type(error).__name__)
                self._stopping.wait(backoff.next())

    def _wake(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            partition = self._partitions.get(number)
            if partition is not None:
                partition.wake()


def _held(partitions: Iterable[PartitionRelay]) -> list[Lease]:
    return [partition.lease for partition in partitions if partition.lease is not None]


if __name__ == "__main__":
    from shared.eventlog.relay_main import main

    sys.exit(main())
