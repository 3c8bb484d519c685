"""Another system that subscribes to everything over bare AMQP, and remembers what came, in order."""

import threading
from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

import pika
from pika.exceptions import AMQPError

from shared.contracts.position import Position
from shared.messaging.cloudevents import PUBLISHING, exchange_of

QUEUE = "other-system"
PREFETCH = 200
TURN_S = 0.2


class Subscriber:
    """A durable queue and a thread that reads it; it knows nothing but AMQP, and comes back by itself."""

    def __init__(self, amqp_uri: str, *, arguments: Mapping[str, str]) -> None:
        self._arguments = dict(arguments)
        self._parameters = pika.URLParameters(amqp_uri)
        self._came: dict[int, list[tuple[int, UUID]]] = defaultdict(list)
        self._stop = threading.Event()
        self._declared = threading.Event()
        self._thread = threading.Thread(target=self._run, name="subscriber", daemon=True)

    def start(self) -> None:
        """Returns once the queue is bound."""
        self._thread.start()
        assert self._declared.wait(60), "the subscriber has its queue"

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def came(self) -> dict[int, list[tuple[int, UUID]]]:
        """Partition → position and id of what came, repetitions too, in the order in which it came."""
        return {partition: list(events) for partition, events in list(self._came.items())}

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._consume()
            except (AMQPError, OSError):
                self._stop.wait(TURN_S)

    def _consume(self) -> None:
        with pika.BlockingConnection(self._parameters) as connection:
            channel = connection.channel()
            channel.queue_declare(QUEUE, durable=True, arguments=self._arguments)
            for service in PUBLISHING:
                channel.exchange_declare(exchange_of(service), exchange_type="topic", durable=True)
                channel.queue_bind(QUEUE, exchange_of(service), "#")
            channel.basic_qos(prefetch_count=PREFETCH)
            self._declared.set()
            for method, properties, _ in channel.consume(QUEUE, inactivity_timeout=TURN_S):
                if self._stop.is_set():
                    return
                if method is not None:
                    at = Position.parse(properties.headers["cloudEvents:position"])
                    event_id = UUID(properties.headers["cloudEvents:id"])
                    self._came[at.partition].append((at.position, event_id))
                    channel.basic_ack(method.delivery_tag)
