"""One partition's way from the log to the broker: read, publish, wait for the confirms, move the position."""

import threading
from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import Engine, update
from sqlalchemy.exc import SQLAlchemyError

from shared.eventlog import log
from shared.eventlog.lease import Fenced, Lease, Leases
from shared.eventlog.recorded import Recorded, UnknownEvent
from shared.eventlog.tables import relay
from shared.failpoints import reach
from shared.identity.master_keys import MasterKeyMissing
from shared.messaging.backoff import Backoff
from shared.messaging.cloudevents import CORRELATION, OutgoingMessage, outgoing
from shared.messaging.publisher import Publisher, PublishFailed
from shared.monitoring import metrics
from shared.observability import some
from shared.tracing import spans
from shared.tracing.spans import EventKey, Kind

ERROR_CHARACTERS = 300
_UNKNOWN = "not known yet, left by whoever had the lease before"
_log = structlog.get_logger(__name__)


class PartitionRelay:
    """A thread that works on its partition whenever it has a valid lease.

    It outlives its leases, so that one process never works on a partition twice at a time.
    """

    def __init__(
        self, engine: Engine, publisher: Publisher, leases: Leases, partition: int, *, batch: int, poll: float
    ) -> None:
        self.partition = partition
        self.lease: Lease | None = None
        self._engine, self._publisher, self._leases = engine, publisher, leases
        self._batch, self._poll = batch, poll
        self._backoff = Backoff()
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._error: str | None = _UNKNOWN
        self._thread = threading.Thread(target=self._run, name=f"relay {partition}", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def error(self) -> str | None:
        """Why nothing is published just now, if that is known."""
        return self._error if self._error != _UNKNOWN else None

    def grant(self, lease: Lease) -> None:
        """Work under this lease from now on."""
        self._error = _UNKNOWN
        self.lease = lease
        self.wake()

    def revoke(self, lease: Lease) -> None:
        """Stop working under this lease: it is somebody else's now."""
        _log.warning("relay_fenced", partition=self.partition)
        lease.expires = 0.0
        if self.lease is lease:
            self.lease = None

    def wake(self) -> None:
        """Look at the log at once."""
        self._news.set()

    def stop(self) -> None:
        """Finish the batch in hand and end."""
        self._stopping.set()
        self.wake()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            lease = self.lease
            if lease is None or not lease.valid:
                self._publisher.unlock(self.partition)
                self._wait_for_news()
            else:
                self._work(lease)
        self._publisher.unlock(self.partition)

    def _work(self, lease: Lease) -> None:
        """Publish until the log has no more, or it fails; then wait."""
        try:
            while self._step(lease):
                self._succeed(lease)
        except Fenced:
            self.revoke(lease)
        except PublishFailed as error:
            self._fail(lease, str(error), error.retry_after)
        except (UnknownEvent, MasterKeyMissing) as error:
            self._fail(lease, str(error))
        except SQLAlchemyError as error:
            # Its text may quote parameters.
            self._fail(lease, f"database: {type(error).__name__}")
        else:
            self._succeed(lease)
            self._wait_for_news()

    def _step(self, lease: Lease) -> bool:
        """Bring one batch to the broker; True when there is more to do at once."""
        if not self._may_work(lease):
            return False
        with self._engine.connect() as connection:
            recorded = log.read(connection, self.partition, after=lease.position, limit=self._batch)
        if not recorded:
            return False
        reach("relay.after_read")
        messages = _messages(recorded)
        if not self._publisher.lock(self.partition):
            raise PublishFailed("another relay still holds this partition's lock on the broker")
        if not self._may_work(lease):
            return False
        self._publish(lease, messages)
        return len(recorded) == self._batch or len(messages) < len(recorded)

    def _may_work(self, lease: Lease) -> bool:
        return lease.valid and not self._stopping.is_set()

    def _publish(self, lease: Lease, messages: Sequence[OutgoingMessage]) -> None:
        reach("relay.before_publish")
        began = spans.clock()
        try:
            confirmed = self._publisher.publish(messages)
        except PublishFailed as error:
            self._save(lease, messages[: error.confirmed], began)
            raise
        self._save(lease, messages[:confirmed], began)
        if confirmed < len(messages):
            refused = messages[confirmed]
            raise PublishFailed(f"the broker refused {refused.type} at {refused.at}")

    def _save(self, lease: Lease, confirmed: Sequence[OutgoingMessage], began: int) -> None:
        if not confirmed:
            return
        reach("relay.after_confirm")
        spans.passed("publish", Kind.PRODUCER, map(_key, confirmed), began=began)
        position = confirmed[-1].at.position
        with self._engine.begin() as connection:
            self._leases.save(connection, [(lease, position)])
        lease.position = position
        _log.info(
            "events_published",
            partition=self.partition,
            up_to=position,
            count=len(confirmed),
            correlation_ids=some(each.headers[CORRELATION] for each in confirmed),
        )
        metrics.events_published.labels(str(self.partition)).inc(len(confirmed))
        reach("relay.after_save")

    def _fail(self, lease: Lease, reason: str, retry_after: float | None = None) -> None:
        delay = retry_after or self._backoff.next()
        metrics.relay_failures.labels(str(self.partition)).inc()
        _log.error("relay_failed", partition=self.partition, reason=reason, retry_in=round(delay, 1))
        self._write_error(lease, reason[:ERROR_CHARACTERS])
        self._stopping.wait(delay)

    def _succeed(self, lease: Lease) -> None:
        self._backoff.reset()
        if self._write_error(lease, None):
            _log.info("relay_recovered", partition=self.partition)

    def _write_error(self, lease: Lease, error: str | None) -> bool:
        """Keep the partition's last error where operators see it; says whether that changed it."""
        if error == self._error:
            return False
        changes = (
            update(relay)
            .where(relay.c.partition == lease.partition, relay.c.fence == lease.fence)
            .where(relay.c.error.is_distinct_from(error))
            .values(error=error)
        )
        try:
            with self._engine.begin() as connection:
                changed = connection.execute(changes).rowcount == 1
        except SQLAlchemyError as failure:
            _log.warning("relay_error_not_kept", partition=self.partition, reason=type(failure).__name__)
            return False
        self._error = error
        return changed

    def _wait_for_news(self) -> None:
        self._news.wait(self._poll)
        self._news.clear()


def _key(message: OutgoingMessage) -> EventKey:
    return EventKey(UUID(message.message_id), message.type, UUID(message.headers[CORRELATION]))


def _messages(recorded: Sequence[Recorded]) -> list[OutgoingMessage]:
    """The messages up to the first event that can't be published; raises when that is the very first."""
    messages: list[OutgoingMessage] = []
    for event in recorded:
        try:
            messages.append(outgoing(event))
        except UnknownEvent:
            if not messages:
                raise
            break
    return messages
