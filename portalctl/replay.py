"""Sends events of the log to one queue again, in order and confirmed, past the exchanges."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import click
import pika
from pika.exceptions import ChannelClosedByBroker
from sqlalchemy import Engine

from portalctl.rabbitmq import connected
from shared.eventlog import log, reading
from shared.eventlog.reading import Selection
from shared.eventlog.recorded import Recorded, UnknownEvent
from shared.messaging.cloudevents import outgoing

REPLAYED = "x-portal-replayed"
BATCH = 500
NOT_FOUND = 404


def replay(
    engine: Engine, amqp_uri: str, queue: str, selection: Selection, progress: Callable[[int], None]
) -> int:
    """Send the selected events as they are now in the log; how many were sent.

    Each partition in order, one after the other. Messages are marked with the header `x-portal-replayed`. A
    batch counts once the broker has all of it. Raises ClickException.
    """
    sent = 0
    with engine.connect() as connection:
        heads = {at.partition: at.position for at in log.heads(connection)}
    with _queue(amqp_uri, queue) as send:
        for partition in selection.partitions(engine):
            found = reading.each(engine, selection, partition, until=heads.get(partition, 0))
            while batch := list(islice(found, BATCH)):
                send(batch)
                sent += len(batch)
                progress(len(batch))
    return sent


@contextmanager
def _queue(amqp_uri: str, queue: str) -> Iterator[Callable[[Sequence[Recorded]], None]]:
    """Sends batches to a queue that must exist."""
    returned: list[Any] = []
    with connected(amqp_uri) as connection, _clear_refusals(queue):
        channel = connection.channel()
        channel.queue_declare(queue, passive=True)
        channel.add_on_return_callback(lambda *message: returned.append(message))
        # A transaction's commit waits for the broker to have all of it, where confirms would wait for each.
        channel.tx_select()

        def send(batch: Sequence[Recorded]) -> None:
            for recorded in batch:
                _publish(channel, queue, recorded)
            channel.tx_commit()
            connection.process_data_events(0)
            if returned:
                raise click.ClickException(f"The queue {queue} is gone; what was sent before is still in it.")

        yield send


@contextmanager
def _clear_refusals(queue: str) -> Iterator[None]:
    try:
        yield
    except ChannelClosedByBroker as error:
        if error.reply_code == NOT_FOUND:
            raise click.ClickException(f"There is no queue {queue}; declare it first.") from None
        raise click.ClickException(f"RabbitMQ refused: {error.reply_text}") from None


def _publish(channel: Any, queue: str, recorded: Recorded) -> None:
    try:
        message = outgoing(recorded)
    except UnknownEvent as error:
        raise click.ClickException(f"{error}; this portalctl is older than the event.") from None
    headers = message.headers | {REPLAYED: True}
    properties = pika.BasicProperties(**message.properties | {"headers": headers})
    channel.basic_publish("", queue, message.body, properties, mandatory=True)
