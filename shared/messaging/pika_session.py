"""A publishing channel with confirms, and the locks held beside it, for as long as one connection lasts.

Whatever breaks, connection or channel, ends the whole session: with it go the locks, and a new one starts
from nothing. So there is no half-working state to think of.
"""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from itertools import takewhile
from typing import Any

import pika

from shared.failpoints import reach
from shared.messaging.batch import Batch, Outcome
from shared.messaging.pika_loop import Loop, SessionLost, reason_text, settle
from shared.messaging.pika_properties import EncodedProperties

RESOURCE_LOCKED = 405

Declare = Callable[[Any, Callable[..., None]], None]


class Session:
    """Its methods block, may be called from any thread, and raise SessionLost.

    `declare(channel, done)` declares what must exist before publishing, and has `done` called behind it.
    """

    def __init__(self, amqp_uri: str, name: str, declare: Declare) -> None:
        self._declare = declare
        self._locked: set[int] = set()
        self._unconfirmed: dict[int, tuple[Batch, int]] = {}
        self._tag = 0
        self._channel: Any = None
        self._ready: Future[Any] = Future()
        self._loop = Loop(amqp_uri, name, self._connected)

    @property
    def lost(self) -> bool:
        return self._loop.lost is not None

    def open(self) -> None:
        """Connect and declare."""
        self._loop.start(self._ready)

    def declare(self) -> None:
        """Declare everything again."""
        self._loop.ask(lambda future: self._declare(self._channel, partial(settle, future)))

    def send(self, batch: Batch) -> None:
        """Publish what is pending in `batch` and wait until nothing is."""
        self._loop.ask(partial(self._publish, batch))

    def lock(self, partition: int) -> bool:
        """Take the partition's exclusive queue; False while another connection has it."""
        return partition in self._locked or bool(self._loop.ask(partial(self._take_lock, partition)))

    def unlock(self, partition: int) -> None:
        """Delete the partition's queue, on the publishing channel: behind all that was published."""
        if partition in self._locked:
            self._locked.discard(partition)
            name = lock_queue(partition)
            self._loop.ask(lambda future: self._channel.queue_delete(name, callback=partial(settle, future)))

    def close(self) -> None:
        """Close the connection, with a bound."""
        self._loop.close()

    def _connected(self, connection: Any) -> None:
        self._connection = connection
        connection.channel(on_open_callback=self._opened)

    def _opened(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(lambda _channel, reason: self._loop.lose(reason_text(reason)))
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._confirmed)
        self._declare(channel, partial(settle, self._ready))

    def _take_lock(self, partition: int, future: Future[Any]) -> None:
        """On a channel of its own, since the broker closes that on refusal."""

        def opened(channel: Any) -> None:
            channel.add_on_close_callback(refused)
            channel.queue_declare(
                lock_queue(partition), exclusive=True, auto_delete=True, callback=partial(taken, channel)
            )

        def taken(channel: Any, _frame: Any) -> None:
            self._locked.add(partition)
            settle(future, True)
            channel.close()

        def refused(_channel: Any, reason: Any) -> None:
            locked = getattr(reason, "reply_code", None) == RESOURCE_LOCKED
            settle(future, False if locked else SessionLost(reason_text(reason)))

        self._connection.channel(on_open_callback=opened)

    def _publish(self, batch: Batch, future: Future[Any]) -> None:
        if not batch.partitions <= self._locked:
            settle(future, SessionLost("the partition's lock on the broker is not held"))
            return
        publish, unconfirmed = self._channel.basic_publish, self._unconfirmed
        with self._connection.corked():
            for index in batch.start(partial(settle, future)):
                message = batch.messages[index]
                publish(message.exchange, message.routing_key, message.body, EncodedProperties(message), True)
                self._tag += 1
                unconfirmed[self._tag] = batch, index
        # The loop comes to this after it has written to the socket.
        self._loop.later(partial(reach, "relay.after_publish"))

    def _confirmed(self, frame: Any) -> None:
        method = frame.method
        outcome = Outcome.CONFIRMED if isinstance(method, pika.spec.Basic.Ack) else Outcome.REFUSED
        tags = [method.delivery_tag]
        if method.multiple:
            tags = list(takewhile(method.delivery_tag.__ge__, self._unconfirmed))
        for tag in tags:
            batch, index = self._unconfirmed.pop(tag)
            batch.settle(index, outcome)

    def _returned(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        """Comes before the confirm of the same message, and names it by its id alone."""
        for batch, index in self._unconfirmed.values():
            if batch.messages[index].message_id == properties.message_id:
                batch.outcomes[index] = Outcome.RETURNED
                return


def lock_queue(partition: int) -> str:
    """The queue whose exclusive owner alone publishes the partition."""
    return f"relay.lock.{partition}"
