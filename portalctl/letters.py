"""Messages that were parked: looked at, sent back, or thrown away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import click
from pika.exceptions import ChannelClosedByBroker, NackError, UnroutableError

from portalctl.rabbitmq import connected
from shared.contracts.subscriptions import DEAD, SUBSCRIPTIONS, dead_queue, queue_name
from shared.messaging.broker import PARKED
from shared.messaging.cloudevents import PREFIX
from shared.messaging.failures import ATTEMPT, ERROR
from shared.messaging.pika_publisher import UNROUTED_QUEUE

Wanted = Callable[["Letter"], bool]
Act = Callable[[Any, "Letter", Any], None]
BeforeDiscarding = Callable[["Letter"], None]
MOST = 1_000


@dataclass(frozen=True)
class Letter:
    """`id` is the event's, or made of queue and content where there is none; `home` is where it came from."""

    id: str
    queue: str
    home: str | None
    headers: dict[str, Any]
    body: bytes

    @property
    def type(self) -> str:
        return str(self.headers.get(f"{PREFIX}type", "unknown"))

    @property
    def event_id(self) -> UUID | None:
        """Of a message that looks like an event."""
        try:
            return UUID(str(self.headers.get(f"{PREFIX}id")))
        except ValueError:
            return None

    @property
    def error(self) -> str:
        return str(self.headers.get(ERROR, ""))


class Letters:
    """Looks through all queues of parked messages over one connection; what it only looks at stays there."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def counts(self) -> dict[str, int]:
        """Queue → how many messages lie in it; queues that were never needed are left out."""
        found = {queue: self._count(queue) for queue in _queues()}
        return {queue: count for queue, count in found.items() if count is not None}

    def each(self) -> Iterator[Letter]:
        """Up to a thousand messages of each queue, oldest first."""
        for queue, count in self.counts().items():
            with self._channel() as channel:
                for _ in range(min(count, MOST)):
                    method, properties, body = channel.basic_get(queue)
                    if method is None:
                        break
                    yield _letter(queue, properties, body)

    def find(self, letter_id: str, queue: str | None) -> Letter:
        """The message that is meant, where several queues hold it by the one that is named.

        Raises ClickException.
        """
        found = {
            letter.queue: letter
            for letter in self.each()
            if letter.id == letter_id and queue in (None, letter.queue)
        }
        if not found:
            raise click.ClickException(
                f"No parked message has the id {letter_id}; see: portalctl dead-letters list"
            )
        if len(found) > 1:
            raise click.ClickException(f"{letter_id} lies in {' and '.join(found)}; say which with --queue.")
        [letter] = found.values()
        return letter

    def retry(self, letter: Letter) -> None:
        """Send a message back to the queue where it failed, and then take it from here."""
        if letter.home is None:
            raise click.ClickException("This message has no queue to go back to; it can only be discarded.")
        if not self._take(letter.queue, letter.__eq__, _send_home):
            raise _taken_by_others(letter)

    def retry_all(self, queue: str | None) -> list[str]:
        """Send all back, or all of one queue, that have a queue to go back to; their ids."""
        homes = [each for each in self.counts() if each.endswith(DEAD) and queue in (None, each)]
        return [letter_id for home in homes for letter_id in self._take(home, _any, _send_home)]

    def discard(self, letter: Letter, before: BeforeDiscarding) -> None:
        """Throw a message away, once `before` was done with it."""
        if not self._take(letter.queue, letter.__eq__, _doing(before)):
            raise _taken_by_others(letter)

    def discard_all(self, queue: str, before: BeforeDiscarding) -> list[str]:
        """Throw all of a queue away, each once `before` was done with it. Raises ClickException."""
        if not self.counts().get(queue):
            raise click.ClickException(f"No message is parked in {queue}; see: portalctl dead-letters list")
        return self._take(queue, _any, _doing(before))

    def _take(self, queue: str, wanted: Wanted, act: Act) -> list[str]:
        """Act on the wanted messages of a queue that are there now, and take each out when that is done."""
        taken = []
        with self._channel() as channel:
            channel.confirm_delivery()
            for _ in range(self._count(queue) or 0):
                method, properties, body = channel.basic_get(queue)
                if method is None:
                    break
                letter = _letter(queue, properties, body)
                if wanted(letter):
                    act(channel, letter, properties)
                    channel.basic_ack(method.delivery_tag)
                    taken.append(letter.id)
        return taken

    def _count(self, queue: str) -> int | None:
        try:
            with self._channel() as channel:
                return int(channel.queue_declare(queue, passive=True).method.message_count)
        except ChannelClosedByBroker:
            return None

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        """Whatever was got and not acknowledged goes back to its place when the channel closes."""
        channel = self._connection.channel()
        try:
            yield channel
        finally:
            if channel.is_open:
                channel.close()


@contextmanager
def opened(amqp_uri: str) -> Iterator[Letters]:
    """Raises ClickException when RabbitMQ can't be reached."""
    with connected(amqp_uri) as connection:
        yield Letters(connection)


def _queues() -> list[str]:
    subscriptions = [queue_name(service, name) for service, names in SUBSCRIPTIONS.items() for name in names]
    return [*map(dead_queue, subscriptions), PARKED, UNROUTED_QUEUE]


def _letter(queue: str, properties: Any, body: bytes) -> Letter:
    headers = dict(properties.headers or {})
    letter_id = headers.get(f"{PREFIX}id") or properties.message_id or f"{queue}#{_mark(headers, body)}"
    home = queue.removesuffix(DEAD) if queue.endswith(DEAD) else None
    return Letter(str(letter_id), queue, home, headers, body)


def _mark(headers: dict[str, Any], body: bytes) -> str:
    """Stays the same when messages before it are taken out, as its place would not."""
    return sha256(repr(headers).encode() + body).hexdigest()[:12]


def _any(_letter: Letter) -> bool:
    return True


def _doing(before: BeforeDiscarding) -> Act:
    return lambda _channel, letter, _properties: before(letter)


def _taken_by_others(letter: Letter) -> click.ClickException:
    return click.ClickException(f"The message {letter.id} has just been taken by somebody else.")


def _send_home(channel: Any, letter: Letter, properties: Any) -> None:
    """With its first attempt before it again, and confirmed by the broker."""
    headers = {name: value for name, value in letter.headers.items() if name not in (ATTEMPT, ERROR)}
    properties.headers = headers
    try:
        channel.basic_publish("", letter.home, letter.body, properties, mandatory=True)
    except (UnroutableError, NackError):
        raise click.ClickException(f"The queue {letter.home} did not take it; it is still parked.") from None
