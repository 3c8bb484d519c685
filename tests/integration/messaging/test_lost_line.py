"""A line whose loss only a write has met with is given up: the one who reads hears of it."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.messaging import Producer

from shared.messaging import broker

QUEUE = "answers"


@pytest.fixture
def opened(amqp_uri: str) -> Iterator[Connection]:
    with broker.connection(amqp_uri, name="reader") as connection:
        yield connection


@pytest.fixture
def channel(opened: Connection) -> Any:
    channel = opened.channel()
    Queue(QUEUE, exclusive=True)(channel).declare()
    return channel


def fail_to_write(connection: Connection, channel: Any) -> None:
    """As a worker whose answer can't be sent: it goes on, and says nothing."""
    connection.connection.transport.sock.shutdown(socket.SHUT_WR)
    with suppress(*broker.errors(connection)):
        Producer(channel).publish("an answer", routing_key=QUEUE)


def test_a_line_that_broke_before_is_drained_no_further(opened: Connection, channel: Any):
    fail_to_write(opened, channel)
    with pytest.raises(ConnectionResetError):
        broker.drain(opened)


def test_a_line_that_breaks_meanwhile_gets_no_heartbeat(opened: Connection, channel: Any):
    broker.consume(channel, QUEUE, lambda _: fail_to_write(opened, channel), tag="reader", no_ack=True)
    Producer(channel).publish("a call", routing_key=QUEUE)
    with pytest.raises(ConnectionResetError):
        broker.drain(opened, timeout=broker.ANSWER_TIMEOUT_S)
