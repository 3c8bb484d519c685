"""A client that knows nothing but AMQP and the contract: bare pika, no nameko, none of our code."""

import json
import time
from typing import Any
from uuid import uuid4

import pika

ANSWER_S = 15


class Refused(Exception):
    """The error of an answer, by its `exc_type`."""


class BareClient:
    """Calls with a reply queue of its own, and sees the events that it is subscribed to."""

    def __init__(self, amqp_uri: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(amqp_uri))
        self._channel = self._connection.channel()
        self._answers: dict[str, Any] = {}
        self._reply_key = str(uuid4())
        replies = self._channel.queue_declare("", exclusive=True).method.queue
        self._channel.queue_bind(replies, "nameko-rpc", self._reply_key)
        self._channel.basic_consume(replies, self._on_answer, auto_ack=True)
        self.events: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def subscribe(self, *services: str) -> None:
        """Note each event of these services as (headers, payload)."""
        queue = self._channel.queue_declare("", exclusive=True).method.queue
        for service in services:
            self._channel.exchange_declare(f"{service}.events", "topic", durable=True)
            self._channel.queue_bind(queue, f"{service}.events", "#")
        self._channel.basic_consume(queue, self._on_event, auto_ack=True)

    def call(self, target: str, token: str | None = None, /, **arguments: Any) -> Any:
        """Call `service.method` and return its result; raises Refused."""
        call_id = str(uuid4())
        headers = {"nameko.deadline": int(time.time()) + ANSWER_S}
        if token is not None:
            headers["nameko.auth_token"] = token
        self._channel.basic_publish(
            "nameko-rpc",
            target,
            json.dumps({"args": [], "kwargs": arguments}).encode(),
            pika.BasicProperties(
                reply_to=self._reply_key,
                correlation_id=call_id,
                content_type="application/json",
                headers=headers,
            ),
        )
        self.wait_until(lambda: call_id in self._answers, what=f"{target} answers")
        answer = self._answers.pop(call_id)
        if answer["error"]:
            raise Refused(answer["error"]["exc_type"], answer["error"]["message"])
        return answer["result"]

    def wait_until(self, condition: Any, *, what: str) -> None:
        """Take what arrives until the condition holds."""
        deadline = time.monotonic() + ANSWER_S
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain until {what}"
            self._connection.process_data_events(time_limit=0.1)

    def close(self) -> None:
        self._connection.close()

    def _on_answer(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        self._answers[properties.correlation_id] = json.loads(body)

    def _on_event(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        self.events.append((properties.headers, json.loads(body)))
