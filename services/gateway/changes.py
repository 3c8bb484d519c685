"""Passes on what `portal_read` pushes to who listens: one queue and one thread, however many they are."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from queue import Empty, Full, Queue
from uuid import UUID

import orjson
import structlog
from kombu.connection import Connection
from kombu.entity import Exchange, binding
from kombu.entity import Queue as BrokerQueue
from kombu.message import Message
from uuid_utils.compat import uuid7

from shared.contracts.codec import from_plain
from shared.contracts.errors import Unavailable
from shared.contracts.position import Position
from shared.contracts.pushes import PUSHES, PUSHES_EXCHANGE, Push, ResyncProgressed, ViewChanged
from shared.identity.caller import Caller
from shared.messaging import broker

CHANGES = "portal_changes"
EXCHANGE = Exchange(PUSHES_EXCHANGE, type="topic", durable=True)
MOST_LISTENERS = 3_000
# Who is so many behind is let go; a browser comes back by itself and reads everything anew.
MOST_WAITING = 100
CONNECT_WITHIN_S = 5.0
_BOUNDED = {"x-max-length": 10_000, "x-overflow": "drop-head"}
_log = structlog.get_logger(__name__)


class Gap:
    """Something may have been missed: all that is shown may be out of date."""


class Listener:
    """What one customer, or one member of staff, has still to be told."""

    def __init__(self, caller: Caller) -> None:
        self.provider_id: UUID = caller.provider
        self._company_id = caller.company_id
        self._waiting: Queue[Push | Gap | None] = Queue(MOST_WAITING)
        self.ended = False

    def hears(self, push: Push) -> bool:
        """Staff hear of all companies; customers of their own, and of what all of the provider's see."""
        if isinstance(push, ResyncProgressed):
            return push.company_id == self._company_id
        return self._company_id is None or push.company_id in (None, self._company_id)

    def tell(self, told: Push | Gap) -> None:
        try:
            self._waiting.put_nowait(told)
        except Full:
            self.ended = True

    def next(self, timeout: float) -> Push | Gap | None:
        """The next thing to tell, or None when there is none within `timeout` seconds or any more."""
        try:
            return self._waiting.get(timeout=timeout)
        except Empty:
            return None

    def end(self) -> None:
        """Have who waits for the next thing stop waiting."""
        self.ended = True
        try:
            self._waiting.put_nowait(None)
        except Full:
            return


class Changes:
    """Hears the pushes of all companies, and tells each listener what is for them.

    The first listener connects. After the connection was lost, all are told of a gap.
    """

    def __init__(self, amqp_uri: str, *, name: str) -> None:
        self._uri, self._name = amqp_uri, name
        self._listeners: defaultdict[UUID, set[Listener]] = defaultdict(set)
        self._latest: dict[UUID, Position] = {}
        self._lock = threading.Lock()
        self._hearing = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def listen(self, caller: Caller) -> Listener:
        """Begin to collect what is for the caller, until `leave`. Raises Unavailable."""
        self._start()
        if not self._hearing.wait(CONNECT_WITHIN_S):
            raise Unavailable("Changes can't be followed just now; try again in a moment.")
        listener = Listener(caller)
        with self._lock:
            if sum(map(len, self._listeners.values())) >= MOST_LISTENERS:
                raise Unavailable("Too many follow the changes just now; try again in a moment.")
            self._listeners[listener.provider_id].add(listener)
        return listener

    def latest(self, provider_id: UUID) -> Position | None:
        """Up to where something was heard of a provider's companies; None where it is not known."""
        return self._latest.get(provider_id)

    def leave(self, listener: Listener) -> None:
        """Collect no more for a listener; leaving twice is no error."""
        with self._lock:
            listeners = self._listeners[listener.provider_id]
            listeners.discard(listener)
            if not listeners:
                del self._listeners[listener.provider_id]

    def close(self) -> None:
        """End the connection, and what all listeners wait for."""
        self._closed = True
        for listener in self._all():
            listener.end()
        if self._thread:
            self._thread.join(2 * broker.DRAIN_S)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="changes", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        broker.stay_connected(
            self._uri,
            name=self._name,
            use=self._hear,
            lost=self._lost,
            stopping=lambda: self._closed,
            wait=time.sleep,
        )
        self._hearing.clear()

    def _lost(self, error: BaseException) -> None:
        self._hearing.clear()
        _log.warning("changes_connection_lost", error=repr(error))

    def _hear(self, connection: Connection, at_work: Callable[[], None]) -> None:
        channel = connection.channel()
        queue = _queue()(channel)
        queue.declare()
        broker.consume(channel, queue.name, self._on_push, tag="changes", no_ack=True)
        self._latest.clear()
        self._hearing.set()
        at_work()
        self._tell(Gap(), self._all())
        while not self._closed:
            broker.drain(connection)

    def _on_push(self, message: Message) -> None:
        push = _read(message)
        if push is not None:
            with self._lock:
                if isinstance(push, ViewChanged):
                    self._latest[push.provider_id] = push.position
                listeners = list(self._listeners.get(push.provider_id, ()))
            self._tell(push, [listener for listener in listeners if listener.hears(push)])

    def _tell(self, told: Push | Gap, listeners: Iterable[Listener]) -> None:
        for listener in listeners:
            listener.tell(told)

    def _all(self) -> list[Listener]:
        with self._lock:
            return [listener for listeners in self._listeners.values() for listener in listeners]


def _queue() -> BrokerQueue:
    """This process's own, gone with it."""
    return BrokerQueue(
        f"gateway.changes-{uuid7()}",
        bindings=[binding(EXCHANGE, routing_key=key) for key in PUSHES],
        durable=False,
        exclusive=True,
        auto_delete=True,
        queue_arguments=_BOUNDED,
    )


def _read(message: Message) -> Push | None:
    """The push in a message; None for what is none, which newer senders may send."""
    kind = PUSHES.get(str(message.delivery_info.get("routing_key")))
    try:
        return from_plain(kind, orjson.loads(message.body)) if kind else None
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        _log.warning("push_unreadable", error=type(error).__name__)
        return None
