"""A connection that only ever receives stays open."""

import threading

import pytest
from kombu.entity import Queue
from kombu.messaging import Producer

from shared.messaging import broker

HEARTBEAT_S = 1
# RabbitMQ ends a connection that it has not heard of for two heartbeats, some time later.
BEATS = 6
A_SECOND = 20


def test_a_heartbeat_is_sent_also_where_messages_come_without_a_pause(
    amqp_uri: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(broker, "HEARTBEAT_S", HEARTBEAT_S)
    came: list[object] = []
    enough = threading.Event()
    with broker.connection(amqp_uri, name="receiver") as receiver:
        channel = receiver.channel()
        Queue("busy", durable=False)(channel).declare()
        broker.consume(channel, "busy", came.append, tag="receiver", no_ack=True)
        sender = threading.Thread(target=_send, args=[amqp_uri, enough])
        sender.start()
        try:
            while len(came) < BEATS * A_SECOND:
                broker.drain(receiver)
        finally:
            enough.set()
            sender.join()


def _send(amqp_uri: str, enough: threading.Event) -> None:
    with broker.connection(amqp_uri, name="sender") as connection:
        producer = Producer(connection.channel())
        while not enough.wait(1 / A_SECOND):
            producer.publish("x", routing_key="busy", serializer="json")
