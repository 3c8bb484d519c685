"""Publishes the log's events through kombu: for the broker inside the process, without guarantees beyond it.

In-memory queues take a message at once or never, so put means confirmed. There is no other process to keep
out, so every lock is granted; and nothing comes back, so an event that nobody subscribes to is dropped.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from kombu.connection import Connection
from kombu.entity import Exchange
from kombu.messaging import Producer

from shared.messaging.backoff import Backoff
from shared.messaging.cloudevents import PUBLISHING, OutgoingMessage, exchange_of
from shared.messaging.publisher import PublishFailed

_log = structlog.get_logger(__name__)


class KombuPublisher:
    """A `Publisher` over one kombu connection, opened at the first message and again after a loss."""

    def __init__(self, connection_factory: Callable[[], Connection]) -> None:
        self._connection_factory = connection_factory
        self._one_at_a_time = threading.Lock()
        self._connection: Connection | None = None
        self._producer: Any = None
        self._backoff = Backoff()

    def lock(self, partition: int) -> bool:  # noqa: ARG002
        """Always: see the module."""
        return True

    def unlock(self, partition: int) -> None:
        """Nothing to give back."""

    def publish(self, messages: Sequence[OutgoingMessage]) -> int:
        """See `Publisher.publish`; all or PublishFailed."""
        published = 0
        with self._one_at_a_time:
            connection = self._connection or self._connection_factory()
            try:
                self._open(connection)
                for message in messages:
                    self._put(message)
                    published += 1
            except (*connection.connection_errors, *connection.channel_errors, OSError) as error:
                self._drop()
                _log.error("publish_failed", reason=type(error).__name__, confirmed=published)
                raise PublishFailed(
                    type(error).__name__, confirmed=published, retry_after=self._backoff.next()
                ) from error
        self._backoff.reset()
        return published

    def close(self) -> None:
        """See `Publisher.close`."""
        with self._one_at_a_time:
            self._drop()

    def _open(self, connection: Connection) -> None:
        if self._producer is None:
            self._connection = connection
            channel = connection.channel()
            for service in PUBLISHING:
                Exchange(exchange_of(service), type="topic", durable=True)(channel).declare()
            self._producer = Producer(channel)

    def _put(self, message: OutgoingMessage) -> None:
        self._producer.publish(
            message.body,
            exchange=message.exchange,
            routing_key=message.routing_key,
            **message.properties,
        )

    def _drop(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            connection.release()
