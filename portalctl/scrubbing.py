"""Takes out of queues what they say of an erased person: events are put back as the log tells them."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from pika.exceptions import ChannelClosedByBroker
from sqlalchemy import Engine

from portalctl.rabbitmq import connected
from shared.contracts.subscriptions import SUBSCRIPTIONS, dead_queue, queue_name, retry_queue
from shared.eventlog import reading
from shared.messaging.cloudevents import PREFIX, outgoing
from shared.messaging.failures import RETRY_AFTER_S
from shared.messaging.pika_publisher import UNROUTED_QUEUE


def scrub(engine: Engine, amqp_uri: str, event_ids: Collection[UUID]) -> dict[str, int]:
    """Queue → how many of its messages, of these events, were replaced; those that are right already stay.

    What cannot be told apart by an event's id, such as malformed calls, is left. Raises ClickException.
    """
    replaced: dict[str, int] = {}
    with connected(amqp_uri) as connection:
        for queue in _queues():
            if count := _scrub_queue(engine, connection, queue, event_ids):
                replaced[queue] = count
    return replaced


def _queues() -> Iterator[str]:
    """Where messages of events can lie: not handled yet, between attempts, parked, or taken by nobody."""
    for service, types in SUBSCRIPTIONS.items():
        for event_type in types:
            name = queue_name(service, event_type)
            yield from (name, *(retry_queue(name, seconds) for seconds in RETRY_AFTER_S), dead_queue(name))
    yield UNROUTED_QUEUE


def _scrub_queue(engine: Engine, connection: Any, queue: str, event_ids: Collection[UUID]) -> int:
    """What is only looked at goes back to its place when the channel closes."""
    channel = connection.channel()
    try:
        waiting = channel.queue_declare(queue, passive=True).method.message_count
        channel.confirm_delivery()
        replaced = 0
        for _ in range(waiting):
            method, properties, body = channel.basic_get(queue)
            if method is None:
                break
            event_id = _event_id(properties)
            if event_id is not None and event_id in event_ids:
                replaced += _replace(engine, channel, queue, event_id, method, properties, body)
    except ChannelClosedByBroker:
        # There is no such queue.
        return 0
    finally:
        if channel.is_open:
            channel.close()
    return replaced


def _replace(
    engine: Engine, channel: Any, queue: str, event_id: UUID, method: Any, properties: Any, body: bytes
) -> bool:
    recorded = reading.find(engine, event_id)
    now = outgoing(recorded).body if recorded else b"{}"
    if now == body:
        return False
    channel.basic_publish("", queue, now, properties, mandatory=True)
    channel.basic_ack(method.delivery_tag)
    return True


def _event_id(properties: Any) -> UUID | None:
    try:
        return UUID(str((properties.headers or {}).get(f"{PREFIX}id")))
    except ValueError:
        return None
