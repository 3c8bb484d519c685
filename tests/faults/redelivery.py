"""Delivers what was published again to the queues of our services, as often and in any order as is drawn."""

import random

import pika
from pika.adapters.blocking_connection import BlockingChannel

from shared.eventlog import log
from shared.messaging.cloudevents import OutgoingMessage, outgoing
from tests.faults.queues import QUEUES
from tests.faults.trial import Trial

MOST = 100_000


def redeliver(trial: Trial, chance: random.Random) -> None:
    """Each event one to five times, shuffled."""
    again = [message for message in published(trial) for _ in range(chance.randint(1, 5))]
    chance.shuffle(again)
    with pika.BlockingConnection(pika.URLParameters(trial.amqp_uri)) as connection:
        channel = connection.channel()
        for message in again:
            _deliver(channel, message)


def published(trial: Trial) -> list[OutgoingMessage]:
    """What is in the log, as the relay publishes it."""
    with trial.engine.connect() as connection:
        return [
            outgoing(recorded)
            for head in list(log.heads(connection))
            for recorded in log.read(connection, head.partition, after=0, limit=MOST)
        ]


def waiting(trial: Trial, *queues: str) -> int:
    """How many messages lie in queues."""
    with pika.BlockingConnection(pika.URLParameters(trial.amqp_uri)) as connection:
        channel = connection.channel()
        return sum(channel.queue_declare(name, passive=True).method.message_count for name in queues)


def _deliver(channel: BlockingChannel, message: OutgoingMessage) -> None:
    properties = pika.BasicProperties(
        headers=message.headers,
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=2,
        message_id=message.message_id,
        type=message.type,
    )
    for queue in QUEUES:
        if queue.endswith(f".{message.type}"):
            channel.basic_publish("", queue, message.body, properties)
