"""A subscription's queue: takes its messages one after the other, and loses none that fails."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import eventlet
import structlog
from eventlet.event import Event as Signal
from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.message import Message

from shared.config import Config
from shared.contracts.declare import Event
from shared.failpoints import reach
from shared.messaging import broker
from shared.messaging.backoff import Backoff
from shared.messaging.cloudevents import Malformed, exchange_of
from shared.messaging.failures import Failures
from shared.monitoring import metrics

PREFETCH = 10
PAUSE_S = 1.0
AGAIN_AFTER_S = 0.5
Messages = Any
Handle = Callable[[dict[str, Any], bytes], None]
_log = structlog.get_logger(__name__)


class Passing(Exception):
    """The cause lies outside the event, so that trying again will help, however long it takes."""


class EventQueue:
    """`handle(headers, body)` is called for each message; what it raises decides on what comes next.

    A message that is no event of ours is parked at once; any other failure is tried again after each of the
    delays `retry_after`, in seconds. The message is acknowledged only once it is safely there.
    `in_a_pause` is called, between two messages, whenever none is waiting.
    """

    def __init__(
        self,
        config: Config,
        *,
        name: str,
        event_type: type[Event],
        handle: Handle,
        retry_after: Sequence[float],
        in_a_pause: Callable[[], None],
    ) -> None:
        self.name = name
        self._in_a_pause = in_a_pause
        self._config, self._event_type, self._handle = config, event_type, handle
        self._failures = Failures(config, name, retry_after)
        self._stopping = False
        self._stopped = Signal()
        self._consuming = False
        self._handled = metrics.events_handled.labels(name, "handled")

    def obstacle(self) -> str | None:
        """A check: whether events are being taken."""
        return None if self._consuming else "takes no events from the broker"

    def run(self) -> None:
        """Consume until `stop`, over as many connections as it takes; never raises."""
        broker.stay_connected(
            self._config.amqp_uri,
            name=self.name,
            use=self._consume,
            lost=self._lost,
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

    def _declare(self, channel: Any) -> None:
        exchange = Exchange(exchange_of(self._event_type.service), type="topic", durable=True)
        arguments = self._config.queue_arguments
        queue = Queue(
            self.name, exchange, routing_key=self._event_type.type, durable=True, queue_arguments=arguments
        )
        queue(channel).declare()
        self._failures.declare(channel)

    def _work(self, waiting: Messages, lost: tuple[type[BaseException], ...]) -> None:
        """Handle messages until None comes; one that can't be settled is given back, to come again."""
        while (message := self._next(waiting)) is not None:
            try:
                self._process(message)
            except Exception as error:
                _log.warning("delivery_not_settled", queue=self.name, error=repr(error))
                eventlet.sleep(AGAIN_AFTER_S)
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
        try:
            self._patiently(message)
            self._handled.inc()
        except Malformed as error:
            _log.error("event_malformed", queue=self.name, error=str(error))
            self._failures.park(message, str(error))
        except Passing:
            message.requeue()
            return
        except Exception as error:
            self._failures.retry_or_park(message, error)
        reach("subscription.before_acknowledgement")
        message.ack()
        reach("subscription.after_acknowledgement")

    def _patiently(self, message: Message) -> None:
        """Handle, waiting out what will pass; raises Passing only when it is time to stop."""
        body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
        headers, backoff = dict(message.headers or {}), Backoff()
        while True:
            try:
                self._handle(headers, body)
            except Passing as error:
                _log.warning("event_waits", queue=self.name, error=str(error))
                if self._stopping:
                    raise
                eventlet.sleep(backoff.next())
            else:
                return
