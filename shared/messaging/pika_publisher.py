"""Publishes the log's events to RabbitMQ: confirmed, in order, and each partition by one process alone.

*Fencing.* While a relay works on partition p, its connection holds the exclusive queue `relay.lock.<p>`. A
relay that can't declare it (405 RESOURCE_LOCKED) doesn't publish p. A relay that was paused until its lease
ran out therefore can't publish late: before the broker gives the queue to anyone else it has closed the
paused one's connection for missing heartbeats, and what that one writes on waking goes nowhere.

*Queues that must not be missed.* Those of `bindings` are declared again, which costs one round trip, just
before each batch that has something for one of them: a queue that was lost would otherwise go unnoticed as
long as any other queue takes the message.

*Nobody listens.* A message that no queue takes comes back (mandatory). If it is for a queue of `bindings`,
that was lost in the same instant; the message and all behind it are published again. Otherwise it has no
subscriber: it is kept in the bounded queue `events.unrouted`, logged and counted, and only then counts as
confirmed.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import structlog

from shared.messaging.backoff import Backoff
from shared.messaging.batch import Batch, Outcome
from shared.messaging.cloudevents import PUBLISHING, OutgoingMessage, exchange_of
from shared.messaging.pika_loop import SessionLost
from shared.messaging.pika_session import Session
from shared.messaging.publisher import PublishFailed

UNROUTED_QUEUE = "events.unrouted"
UNROUTED_ARGUMENTS = {"x-max-length": 100_000, "x-overflow": "drop-head"}
_log = structlog.get_logger(__name__)


class Binding(NamedTuple):
    """A durable queue that must not be missed, and what it takes."""

    queue: str
    exchange: str
    routing_key: str


class PikaPublisher:
    """A `Publisher` over pika; connects at the first call and again, with growing delay, after a loss.

    `queue_arguments` are those that all durable queues are declared with.
    """

    def __init__(
        self,
        amqp_uri: str,
        *,
        name: str = "relay",
        bindings: Iterable[tuple[str, str, str]] = (),
        queue_arguments: Mapping[str, str] | None = None,
    ) -> None:
        self.unrouted = 0
        self._arguments = dict(queue_arguments or {})
        self._amqp_uri, self._name = amqp_uri, name
        self._bindings = [Binding(*binding) for binding in bindings]
        self._opening = threading.Lock()
        self._session: Session | None = None
        self._backoff = Backoff()
        self._retry_at = 0.0
        self._failure = ""
        self._closed = False

    def lock(self, partition: int) -> bool:
        """See `Publisher.lock`."""
        try:
            return self._connected().lock(partition)
        except SessionLost as error:
            raise PublishFailed(str(error)) from error

    def unlock(self, partition: int) -> None:
        """See `Publisher.unlock`."""
        session = self._session
        if session is not None and not session.lost:
            try:
                session.unlock(partition)
            except SessionLost as error:
                # The broker frees the lock of a lost connection by itself.
                _log.info("unlock_by_loss", partition=partition, reason=str(error))

    def publish(self, messages: Sequence[OutgoingMessage]) -> int:
        """See `Publisher.publish`."""
        session, batch = self._connected(), Batch(messages)
        try:
            if any(map(self._is_bound, messages)):
                session.declare()
            session.send(batch)
            self._bind_again(session, batch)
            self._set_aside(session, batch)
        except SessionLost as error:
            _log.error("publish_failed", reason=str(error), confirmed=batch.confirmed, of=len(messages))
            raise PublishFailed(str(error), confirmed=batch.confirmed) from error
        return batch.confirmed

    def obstacle(self) -> str | None:
        """A check: whether the broker is connected to, or can be."""
        try:
            self._connected()
        except PublishFailed as error:
            return str(error)
        return None

    def close(self) -> None:
        """See `Publisher.close`."""
        self._closed = True
        with self._opening:
            if self._session is not None:
                self._session.close()

    def _connected(self) -> Session:
        with self._opening:
            if self._closed:
                raise PublishFailed("the publisher is closed")
            if self._session is None or self._session.lost:
                self._session = self._connect(self._session)
            return self._session

    def _connect(self, lost: Session | None) -> Session:
        remaining = self._retry_at - time.monotonic()
        if remaining > 0:
            raise PublishFailed(self._failure, retry_after=remaining)
        if lost is not None:
            lost.close()
        session = Session(self._amqp_uri, self._name, self._declare)
        try:
            session.open()
        except SessionLost as error:
            delay = self._backoff.next()
            self._retry_at, self._failure = time.monotonic() + delay, f"no connection to RabbitMQ: {error}"
            _log.error("broker_unreachable", reason=str(error), retry_in=delay)
            raise PublishFailed(self._failure, retry_after=delay) from error
        self._backoff.reset()
        return session

    def _declare(self, channel: Any, done: Callable[..., None]) -> None:
        # Without arguments: every nameko service that handles an event declares the exchange, too.
        for service in PUBLISHING:
            channel.exchange_declare(exchange_of(service), exchange_type="topic", durable=True)
        for binding in self._bindings:
            channel.queue_declare(binding.queue, durable=True, arguments=self._arguments)
            channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
        arguments = UNROUTED_ARGUMENTS | self._arguments
        channel.queue_declare(UNROUTED_QUEUE, durable=True, arguments=arguments, callback=done)

    def _bind_again(self, session: Session, batch: Batch) -> None:
        lost = [index for index in batch.having(Outcome.RETURNED) if self._is_bound(batch.messages[index])]
        if lost:
            _log.warning("bindings_restored", type=batch.messages[lost[0]].type)
            session.declare()
            # What followed may have missed the same queue, though another one took it.
            batch.restart(lost[0])
            session.send(batch)

    def _is_bound(self, message: OutgoingMessage) -> bool:
        """Whether one of the bindings takes it; one with a wildcard may, which is near enough."""
        return any(
            binding.exchange == message.exchange
            and (binding.routing_key == message.routing_key or not {"*", "#"}.isdisjoint(binding.routing_key))
            for binding in self._bindings
        )

    def _set_aside(self, session: Session, batch: Batch) -> None:
        returned = batch.having(Outcome.RETURNED)
        if not returned:
            return
        aside = Batch([_unrouted(batch.messages[index]) for index in returned])
        session.send(aside)
        for index, outcome in zip(returned, aside.outcomes, strict=True):
            message = batch.messages[index]
            if outcome is not Outcome.CONFIRMED:
                _log.error("event_not_kept", type=message.type, position=str(message.at))
                # A new session declares the queue anew.
                session.close()
                raise SessionLost(f"{UNROUTED_QUEUE} did not take a message")
            batch.outcomes[index] = Outcome.CONFIRMED
            self.unrouted += 1
            _log.warning("event_unrouted", type=message.type, position=str(message.at))


def _unrouted(message: OutgoingMessage) -> OutgoingMessage:
    headers = {
        **message.headers,
        "x-unrouted-exchange": message.exchange,
        "x-unrouted-key": message.routing_key,
    }
    return replace(message, exchange="", routing_key=UNROUTED_QUEUE, headers=headers)
