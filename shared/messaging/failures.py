"""What becomes of a subscription's messages that could not be handled: tried again later, or parked."""

from collections.abc import Sequence
from typing import Any

import eventlet
import structlog
from kombu.entity import Queue
from kombu.message import Message
from kombu.messaging import Producer

from shared.config import Config
from shared.contracts.subscriptions import dead_queue, retry_queue
from shared.messaging import broker
from shared.monitoring import metrics
from shared.observability import in_short

RETRY_AFTER_S = (1, 5, 30, 300)
ATTEMPT = "x-portal-attempt"
ERROR = "x-portal-error"
CONFIRM_S = 10
_log = structlog.get_logger(__name__)


class Failures:
    """The delay queues beside a subscription's queue, one for each of `retry_after`, and its dead one.

    A delay queue gives its messages back when their time has come; after the last of them a message is
    parked in the dead queue. Its headers say how often it has failed, and with which error. A message that
    was taken is safely there.
    """

    def __init__(self, config: Config, queue: str, retry_after: Sequence[float]) -> None:
        self._config, self._queue, self._retry_after = config, queue, retry_after
        self._retried, self._parked = (
            metrics.events_handled.labels(queue, outcome) for outcome in ("retried", "parked")
        )

    def declare(self, channel: Any) -> None:
        """Have the queues there."""
        arguments = self._config.queue_arguments
        Queue(dead_queue(self._queue), durable=True, queue_arguments=arguments)(channel).declare()
        if self._config.embedded_broker:
            return
        for seconds in self._retry_after:
            back = arguments | {
                "x-message-ttl": int(seconds * 1_000),
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": self._queue,
            }
            name = retry_queue(self._queue, seconds)
            Queue(name, durable=True, queue_arguments=back)(channel).declare()

    def park(self, message: Message, error: str) -> None:
        """Take a message that no other try would help."""
        self._parked.inc()
        self._send_on(message, _headers(message) | {ERROR: error}, to=dead_queue(self._queue))

    def retry_or_park(self, message: Message, error: Exception) -> None:
        """Take a message that has failed, and may do so again."""
        headers = _headers(message)
        attempt = _attempts(headers) + 1
        reason = in_short(error)
        headers |= {ATTEMPT: attempt, ERROR: reason}
        last = attempt > len(self._retry_after)
        event_id = headers.get("cloudEvents:id")
        log = _log.error if last else _log.warning
        log("event_failed", queue=self._queue, event_id=event_id, attempt=attempt, parked=last, error=reason)
        (self._parked if last else self._retried).inc()
        if last:
            self._send_on(message, headers, to=dead_queue(self._queue))
        else:
            self._retry(message, headers, self._retry_after[attempt - 1])

    def _retry(self, message: Message, headers: dict[str, Any], seconds: float) -> None:
        if self._config.embedded_broker:
            # It has no delay queues; what waits here when the process ends comes anew at the next start.
            eventlet.spawn_after(seconds, self._send_on, message, headers, to=self._queue)
        else:
            self._send_on(message, headers, to=retry_queue(self._queue, seconds))

    def _send_on(self, message: Message, headers: dict[str, Any], *, to: str) -> None:
        """Publish to a queue and wait for the confirm, on a connection of its own."""
        with broker.connection(
            self._config.amqp_uri, name=f"{self._queue} failures", confirm=True
        ) as connection:
            Producer(connection.channel()).publish(
                message.body,
                routing_key=to,
                headers=headers,
                content_type=message.content_type or "application/json",
                content_encoding=message.content_encoding or "utf-8",
                delivery_mode=2,
                confirm_timeout=CONFIRM_S,
            )


def _headers(message: Message) -> dict[str, Any]:
    return dict(message.headers or {})


def _attempts(headers: dict[str, Any]) -> int:
    """How often the message has failed before, as far as its header makes sense."""
    attempts = headers.get(ATTEMPT)
    return attempts if isinstance(attempts, int) and attempts > 0 else 0
