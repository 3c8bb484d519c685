"""A subscription's queue: consumes in order, retries with growing delay, parks what can't be handled."""

import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import eventlet
import structlog
from eventlet.event import Event as Signal
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.message import Message
from kombu.messaging import Producer

from shared.config import Config
from shared.contracts.declare import Event
from shared.failpoints import reach
from shared.messaging import broker
from shared.messaging.cloudevents import Malformed, exchange_of
from shared.monitoring import metrics

RETRY_AFTER_S = (1, 5, 30, 300)
ATTEMPT = "x-portal-attempt"
ERROR = "x-portal-error"
PREFETCH = 10
CONFIRM_S = 10
PAUSE_S = 1.0
Messages = Any
Handle = Callable[[dict[str, Any], bytes], None]
_log = structlog.get_logger(__name__)


class Passing(Exception):
    """The cause lies outside the event, so that trying again will help, however long it takes."""


class EventQueue:
    """`handle(headers, body)` is called for each message; what it raises decides on what comes next.

    A message that is no event of ours is parked at once. Any other failure sends the message through the
    delay queues `<name>.retry.<seconds>s`, which give it back when its time has come, and after the last of
    them to `<name>.dead`, with its error in a header. It is acknowledged only once it is safely there.
    `in_a_pause` is called, between two messages, whenever none is waiting.
    """

    def __init__(
        self,
        config: Config,
        *,
        name: str,
        event_type: type[Event],
        handle: Handle,
        retry_after: Sequence[float] = RETRY_AFTER_S,
        in_a_pause: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self._in_a_pause = in_a_pause
        self._config, self._event_type, self._handle = config, event_type, handle
        self._retry_after = retry_after
        self._stopping = False
        self._stopped = Signal()
        self._consuming = False
        self._handled, self._retried, self._parked = (
            metrics.events_handled.labels(name, outcome) for outcome in ("handled", "retried", "parked")
        )

    def obstacle(self) -> str | None:
        """A check: whether events are being taken."""
        return None if self._consuming else "takes no events from the broker"

    def run(self) -> None:
        """Consume until `stop`, over as many connections as it takes; never raises."""
        broker.stay_connected(
            self._config.amqp_uri,
            name=self.name,
            use=self._consume,
            lost=lambda error: _log.warning(
                "subscription_connection_lost", queue=self.name, error=repr(error)
            ),
            stopping=lambda: self._stopping,
            wait=eventlet.sleep,
        )
        self._stopped.send()

    @property
    def stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Finish the message at hand and take no more."""
        self._stopping = True
        with eventlet.Timeout(self._config.drain_timeout, False):
            self._stopped.wait()

    def _lost(self, error: BaseException) -> None:
        _log.warning("subscription_connection_lost", queue=self.name, error=repr(error))

    def _consume(self, connection: Connection, at_work: Callable[[], None]) -> None:
        """One greenlet reads and keeps the heartbeat, another works, however long that takes."""
        channel = connection.channel()
        self._declare(channel)
        channel.basic_qos(0, PREFETCH, False)
        waiting: Messages = eventlet.Queue()
        broker.consume(channel, self.name, waiting.put, tag=self.name)
        worker = eventlet.spawn(self._work, waiting, broker.errors(connection))
        self._consuming = True
        at_work()
        _log.info("subscription_ready", queue=self.name)
        try:
            while not self._stopping:
                broker.drain(connection)
        finally:
            self._consuming = False
            while not waiting.empty():
                waiting.get_nowait()
            waiting.put(None)
            worker.wait()

    def _work(self, waiting: Messages, lost: tuple[type[BaseException], ...]) -> None:
        """Handle messages until None comes; one that can't be settled is given back, to come again."""
        while (message := self._next(waiting)) is not None:
            try:
                self._process(message)
            except Exception as error:
                _log.warning("delivery_not_settled", queue=self.name, error=repr(error))
                eventlet.sleep(broker.reconnect_delay(1))
                with suppress(*lost):
                    message.requeue()

    def _next(self, waiting: Messages) -> Message | None:
        """The next message, or None; where there is none at once, and each second without, it is a pause."""
        message: Message | None
        while not self._stopping:
            if waiting.empty():
                self._in_a_pause()
            with suppress(eventlet.queue.Empty):
                message = waiting.get(timeout=PAUSE_S)
                return message
        message = waiting.get()
        return message

    def _process(self, message: Message) -> None:
        body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
        headers = dict(message.headers or {})
        try:
            self._patiently(headers, body)
            self._handled.inc()
        except Malformed as error:
            self._parked.inc()
            _log.error("event_malformed", queue=self.name, error=str(error))
            self._send_on(message, headers | {ERROR: str(error)}, to=self._dead)
        except Passing:
            message.requeue()
            return
        except Exception as error:
            self._after_failure(message, headers, error)
        reach("subscription.before_acknowledgement")
        message.ack()
        reach("subscription.after_acknowledgement")

    def _patiently(self, headers: dict[str, Any], body: bytes) -> None:
        """Handle, waiting out what will pass; raises Passing only when it is time to stop."""
        attempt = 0
        while True:
            try:
                self._handle(headers, body)
                return
            except Passing as error:
                _log.warning("event_waits", queue=self.name, error=str(error))
                if self._stopping:
                    raise
                eventlet.sleep(broker.reconnect_delay(attempt))
                attempt += 1

    def _after_failure(self, message: Message, headers: dict[str, Any], error: Exception) -> None:
        attempt = _attempts(headers) + 1
        reason = f"{type(error).__name__} at {place(error)}"
        headers |= {ATTEMPT: attempt, ERROR: reason}
        last = attempt > len(self._retry_after)
        event_id = headers.get("cloudEvents:id")
        log = _log.error if last else _log.warning
        log("event_failed", queue=self.name, event_id=event_id, attempt=attempt, parked=last, error=reason)
        (self._parked if last else self._retried).inc()
        if last:
            self._send_on(message, headers, to=self._dead)
        else:
            self._retry(message, headers, self._retry_after[attempt - 1])

    def _retry(self, message: Message, headers: dict[str, Any], seconds: float) -> None:
        if self._config.embedded_broker:
            # It has no delay queues; what waits here when the process ends comes anew at the next start.
            eventlet.spawn_after(seconds, self._send_on, message, headers, to=self.name)
        else:
            self._send_on(message, headers, to=_delayed(self.name, seconds))

    def _send_on(self, message: Message, headers: dict[str, Any], *, to: str) -> None:
        """Publish to a queue and wait for the confirm, on a connection of its own."""
        with broker.connection(
            self._config.amqp_uri, name=f"{self.name} failures", confirm=True
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

    @property
    def _dead(self) -> str:
        return f"{self.name}.dead"

    def _declare(self, channel: Any) -> None:
        exchange = Exchange(exchange_of(self._event_type.service), type="topic", durable=True)
        kept = {"durable": True, "queue_arguments": self._config.queue_arguments}
        Queue(self.name, exchange, routing_key=self._event_type.type, **kept)(channel).declare()
        Queue(self._dead, **kept)(channel).declare()
        if not self._config.embedded_broker:
            for seconds in self._retry_after:
                back = self._config.queue_arguments | {
                    "x-message-ttl": int(seconds * 1_000),
                    "x-dead-letter-exchange": "",
                    "x-dead-letter-routing-key": self.name,
                }
                Queue(_delayed(self.name, seconds), durable=True, queue_arguments=back)(channel).declare()


def _delayed(name: str, seconds: float) -> str:
    return f"{name}.retry.{seconds}s"


def _attempts(headers: dict[str, Any]) -> int:
    """How often the message has failed before, as far as its header makes sense."""
    attempts = headers.get(ATTEMPT)
    return attempts if isinstance(attempts, int) and attempts > 0 else 0


def place(error: Exception) -> str:
    """The line of ours that raised, which tells more than the error's text, and nothing personal."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
