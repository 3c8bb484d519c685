"""A bare AMQP client, as another language would write it: what goes over the wire, byte by byte."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPConnectionError, ConnectionWrongStateError

EXCHANGE = "nameko-rpc"
DIRECT = "amq.rabbitmq.reply-to"
PATIENCE_S = 10.0
EMPTY = {"args": [], "kwargs": {}}


class Wire:
    """One connection that publishes whatever a test wants and waits for what comes back."""

    def __init__(self, channel: BlockingChannel) -> None:
        self.channel = channel
        self._replies: dict[str | None, bytes] = {}
        self._direct = False
        self.last_properties: Any = None

    def call(
        self,
        routing_key: str | bytes,
        body: Any = EMPTY,
        *,
        reply_to: str | None = DIRECT,
        headers: dict[str, Any] | None = None,
        **properties: Any,
    ) -> dict[str, Any]:
        """The answer to a message; `body` as it is when it is bytes, as JSON otherwise."""
        if reply_to == DIRECT and not self._direct:
            self.listen(DIRECT)
            self._direct = True
        correlation_id = str(uuid4())
        self.publish(
            routing_key, body, headers=headers, reply_to=reply_to, correlation_id=correlation_id, **properties
        )
        return self.reply(correlation_id)

    def publish(
        self, routing_key: str | bytes, body: Any, *, exchange: str = EXCHANGE, **properties: Any
    ) -> None:
        properties = {"content_type": "application/json"} | properties
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.channel.basic_publish(exchange, routing_key, encoded, pika.BasicProperties(**properties))

    def reply(self, correlation_id: str | None) -> dict[str, Any]:
        """The answer with that correlation id."""
        self.channel.connection.process_data_events(0)
        waits = 0.0
        while correlation_id not in self._replies:
            assert waits < PATIENCE_S, f"no answer within {PATIENCE_S} s"
            self.channel.connection.process_data_events(0.5)
            waits += 0.5
        answer: dict[str, Any] = json.loads(self._replies.pop(correlation_id))
        return answer

    def listen(self, queue: str) -> None:
        """Take the answers that come into a queue."""
        self.channel.basic_consume(queue, self._on_reply, auto_ack=True)

    def reply_queue(self) -> str:
        """A queue for answers, bound as nameko's are; returns its routing key."""
        key = str(uuid4())
        queue = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(queue, EXCHANGE, routing_key=key)
        self.listen(queue)
        return key

    def take(self, queue: str) -> tuple[Any, bytes] | None:
        """The properties and the body of the next message of a queue, or None."""
        _, properties, body = self.channel.basic_get(queue, auto_ack=True)
        return None if body is None else (properties, body)

    def depth(self, queue: str) -> int:
        """How many messages are ready in a queue."""
        return int(self._declared(queue).message_count)

    def consumers(self, queue: str) -> int:
        """How many processes take a queue's messages."""
        return int(self._declared(queue).consumer_count)

    def _declared(self, queue: str) -> Any:
        return self.channel.queue_declare(queue, passive=True).method

    def _on_reply(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        self._replies[properties.correlation_id] = body
        self.last_properties = properties


@contextmanager
def wire(amqp_uri: str) -> Iterator[Wire]:
    connection = pika.BlockingConnection(pika.URLParameters(amqp_uri))
    try:
        yield Wire(connection.channel())
    finally:
        with suppress(AMQPConnectionError, ConnectionWrongStateError):
            connection.close()
