"""A gateway's ear for pushes: a queue of its own on `portal_read.pushes`, over bare AMQP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from shared.contracts.pushes import PUSHES_EXCHANGE
from tests.support.waiting import wait_until


class Ear:
    """What was pushed so far, in `heard`, each as its routing key and what it says."""

    def __init__(self, channel: BlockingChannel) -> None:
        self._channel = channel
        self.heard: list[tuple[str, dict[str, Any]]] = []
        channel.exchange_declare(PUSHES_EXCHANGE, exchange_type="topic", durable=True)
        self._queue = channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
        channel.queue_bind(self._queue, PUSHES_EXCHANGE, routing_key="#")

    def listen(self) -> list[tuple[str, dict[str, Any]]]:
        """Take what has come, and return all that was heard so far."""
        while True:
            method, _, body = self._channel.basic_get(self._queue, auto_ack=True)
            if method is None or body is None:
                return self.heard
            self.heard.append((str(method.routing_key), json.loads(body)))

    def until(self, name: str, /, **expected: Any) -> dict[str, Any]:
        """Wait for a push that says all this, and return it."""

        def found() -> dict[str, Any] | None:
            return next(
                (said for key, said in self.listen() if key == name and said | expected == said), None
            )

        said: dict[str, Any] = wait_until(found, what=f"{name} {expected} is pushed")
        return said


@contextmanager
def listening(amqp_uri: str) -> Iterator[Ear]:
    connection = pika.BlockingConnection(pika.URLParameters(amqp_uri))
    try:
        yield Ear(connection.channel())
    finally:
        connection.close()
