"""The relay: brings every event of the log to RabbitMQ, in order and at least once, and never skips one.

Run as a process of its own by `python -m shared.eventlog.relay`; any number may run, each partition has one.
"""

import threading
import time
from collections.abc import Iterable

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from shared.eventlog.doorbell import listen
from shared.eventlog.lease import Lease, Leases
from shared.eventlog.relay_partition import PartitionRelay
from shared.eventlog.tables import relay
from shared.messaging.publisher import Backoff, Publisher

RENEW_S = 0.8
STOP_S = 12.0
_log = structlog.get_logger(__name__)


class Relay:
    """Takes the leases of all free partitions and works on each in a thread; needs a connection a partition.

    `batch` is how many events are in flight per partition, `poll` how often, in seconds, the log is looked
    at when no notification comes. `publisher` stays the caller's to close.
    """

    def __init__(
        self, engine: Engine, publisher: Publisher, *, owner: str, batch: int = 500, poll: float = 1.0
    ) -> None:
        self._engine, self._publisher = engine, publisher
        self._batch, self._poll = batch, poll
        self._leases = Leases(engine, relay, owner)
        self._partitions: dict[int, PartitionRelay] = {}
        self._stopping = threading.Event()
        self._threads = [
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

    def _stop_partitions(self) -> None:
        for partition in list(self._partitions.values()):
            partition.stop()

    def _keep_leases(self) -> None:
        backoff, delay = Backoff(), 0.0
        while not self._stopping.wait(delay):
            try:
                self._renew()
                self._acquire()
            except SQLAlchemyError as error:
                delay = backoff.next()
                _log.error("relay_leases_failed", reason=type(error).__name__, retry_in=delay)
            else:
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
                for numbers in listen(self._engine, timeout=self._poll):
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

    main()
