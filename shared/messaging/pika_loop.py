"""One connection to RabbitMQ on a thread of its own, and blocking calls into that thread from any other."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pika

HEARTBEAT_S = 3
CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 10
_REASON_CHARACTERS = 200

# pika logs each lost connection several times, with tracebacks; the publisher says it once.
logging.getLogger("pika").propagate = False
logging.getLogger("pika").addHandler(logging.NullHandler())


class SessionLost(Exception):
    """The connection or its channel is over; the reason is the broker's own where it gave one."""


class _Connection(pika.SelectConnection):  # type: ignore[misc]
    """Hands many messages to the socket as one: by itself pika calls send() three times a message."""

    _held: list[bytes] | None = None

    @contextmanager
    def corked(self) -> Iterator[None]:
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            if held:
                super()._adapter_emit_data(b"".join(held))

    def _adapter_emit_data(self, data: bytes) -> None:
        if self._held is None:
            super()._adapter_emit_data(data)
        else:
            self._held.append(data)


class Loop:
    """Lives from opening to loss and never again after it; `lost` is the reason once it is over."""

    def __init__(self, amqp_uri: str, name: str, connected: Callable[[Any], None]) -> None:
        self.lost: str | None = None
        self._guard = threading.Lock()
        self._waiting: set[Future[Any]] = set()
        self._connection = _Connection(
            _parameters(amqp_uri, name),
            on_open_callback=connected,
            on_open_error_callback=self._ended,
            on_close_callback=self._ended,
        )
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self, ready: Future[Any]) -> None:
        """Connect and wait until `ready` is settled; raises SessionLost."""
        self._waiting.add(ready)
        self._thread.start()
        self._answer(ready)

    def ask(self, begin: Callable[[Future[Any]], object]) -> Any:
        """Run `begin` on the thread and wait until it, or what the broker says later, settles the future.

        Raises SessionLost, at the latest after 10 s.
        """
        future: Future[Any] = Future()
        with self._guard:
            if self.lost:
                raise SessionLost(self.lost)
            self._waiting.add(future)
        self.later(lambda: begin(future))
        return self._answer(future)

    def later(self, action: Callable[[], object]) -> None:
        """Run `action` on the thread, in the loop's next round, unless the connection is lost by then."""
        self._connection.ioloop.add_callback_threadsafe(lambda: None if self.lost else action())

    def lose(self, reason: str) -> None:
        """End the connection, from whichever thread; the first reason counts."""
        with self._guard:
            if self.lost:
                return
            self.lost = reason
            waiting = list(self._waiting)
        for future in waiting:
            settle(future, SessionLost(reason))
        self._connection.ioloop.add_callback_threadsafe(self._disconnect)

    def close(self) -> None:
        """Close the connection and wait for its thread, with a bound."""
        self.lose("closed")
        self._thread.join(CONNECT_TIMEOUT_S)

    def _answer(self, future: Future[Any]) -> Any:
        try:
            return future.result(ANSWER_TIMEOUT_S)
        except TimeoutError:
            self.lose(f"no answer from the broker within {ANSWER_TIMEOUT_S} s")
            raise SessionLost(self.lost) from None
        finally:
            with self._guard:
                self._waiting.discard(future)

    def _run(self) -> None:
        try:
            self._connection.ioloop.start()
        finally:
            self.lose("the connection's thread has ended")
            self._connection.ioloop.close()

    def _ended(self, _connection: Any, reason: Any) -> None:
        self.lose(reason_text(reason))
        self._connection.ioloop.stop()

    def _disconnect(self) -> None:
        if not (self._connection.is_closing or self._connection.is_closed):
            self._connection.close()


def settle(future: Future[Any], answer: object = None) -> None:
    """Answer a waiting call once; what comes later is ignored."""
    if future.done():
        return
    if isinstance(answer, SessionLost):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def reason_text(reason: Any) -> str:
    """What pika gives as the reason of a close, for people and short."""
    text = getattr(reason, "reply_text", "") or f"{type(reason).__name__}: {reason}"
    return str(text)[:_REASON_CHARACTERS]


def _parameters(amqp_uri: str, name: str) -> pika.URLParameters:
    parameters = pika.URLParameters(amqp_uri)
    # `amqp://host//` is how kombu and nameko write the default virtual host.
    parameters.virtual_host = parameters.virtual_host or "/"
    parameters.heartbeat = HEARTBEAT_S
    parameters.blocked_connection_timeout = ANSWER_TIMEOUT_S
    parameters.socket_timeout = parameters.stack_timeout = CONNECT_TIMEOUT_S
    parameters.connection_attempts = 1
    parameters.client_properties = {"connection_name": name}
    return parameters
