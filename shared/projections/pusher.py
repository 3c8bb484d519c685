"""Tells gateways over the broker what has just become visible, as long as that holds nobody up."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import structlog
from kombu.connection import Connection
from kombu.entity import Exchange
from kombu.messaging import Producer

from shared.contracts.codec import to_plain
from shared.contracts.position import Position
from shared.contracts.pushes import PUSHES, PUSHES_EXCHANGE, Push, ViewChanged
from shared.messaging import broker
from shared.projections.history import Owner

PAUSE_S = 0.25
IDLE_S = 1.0
MOST_WAITING = 10_000
LIFETIME_S = 30
EXCHANGE = Exchange(PUSHES_EXCHANGE, type="topic", durable=True)
_ROUTING_KEYS = {cls: key for key, cls in PUSHES.items()}
_log = structlog.get_logger(__name__)

Pushing = Callable[[Push], None]


def to_nobody(_push: Push) -> None:
    """For where nobody is to be told."""


def view_changed(owner: Owner, at: Position, sections: Iterable[str]) -> ViewChanged:
    return ViewChanged(
        provider_id=owner.provider_id, company_id=owner.company_id, position=at, sections=sorted(sections)
    )


class Pusher:
    """Publishes in rounds, a while apart: what is said of the same thing meanwhile becomes one.

    So nobody gets more than a few a second of one company. What can't be published waits until the broker is
    back; of too many the oldest are forgotten.
    """

    def __init__(self, amqp_uri: str, *, name: str) -> None:
        self._amqp_uri, self._name = amqp_uri, name
        self._waiting: dict[tuple[type[Push], UUID], Push] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()

    def push(self, push: Push) -> None:
        """Have something told; returns at once."""
        with self._lock:
            key = _subject(push)
            self._waiting[key] = _merged(self._waiting.pop(key, None), push)
            if len(self._waiting) > MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
        self._wake.set()

    def run(self) -> None:
        """Publish until `stop`; outlives failures of the broker."""
        broker.stay_connected(
            self._amqp_uri,
            name=self._name,
            use=self._publish_rounds,
            lost=lambda error: _log.warning("pushes_wait", error=repr(error)),
            stopping=self._stop.is_set,
            wait=self._stop.wait,
        )

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def _publish_rounds(self, connection: Connection, at_work: Callable[[], None]) -> None:
        channel = connection.channel()
        EXCHANGE(channel).declare()
        producer = Producer(channel)
        at_work()
        while not self._stop.is_set():
            if self._wake.wait(IDLE_S):
                self._wake.clear()
                self._publish(producer)
            broker.drain(connection, PAUSE_S)

    def _publish(self, producer: Any) -> None:
        """What was not published, for the broker being away, is not forgotten."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        try:
            while waiting:
                key = next(iter(waiting))
                _send(producer, waiting[key])
                del waiting[key]
        finally:
            with self._lock:
                for key, newer in self._waiting.items():
                    waiting[key] = _merged(waiting.pop(key, None), newer)
                self._waiting = waiting


def _send(producer: Any, push: Push) -> None:
    routing_key = _ROUTING_KEYS[type(push)]
    producer.publish(
        orjson.dumps(to_plain(push)),
        exchange=PUSHES_EXCHANGE,
        routing_key=routing_key,
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=1,
        expiration=LIFETIME_S,
        type=routing_key,
    )


def _subject(push: Push) -> tuple[type[Push], UUID]:
    """What a push is about: the later word on it makes an earlier one needless."""
    if isinstance(push, ViewChanged):
        return ViewChanged, push.company_id or push.provider_id
    return type(push), push.resync_id


def _merged(earlier: Push | None, push: Push) -> Push:
    if isinstance(earlier, ViewChanged) and isinstance(push, ViewChanged):
        return replace(push, sections=sorted({*earlier.sections, *push.sections}))
    return push
