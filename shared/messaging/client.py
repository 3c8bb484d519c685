"""Calls services over RPC, for gateways and tools: many threads, one connection, reconnecting by itself."""

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import structlog
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.message import Message

from shared import observability
from shared.contracts.errors import Unavailable
from shared.messaging import broker, embedded
from shared.messaging.pending import Pending
from shared.tracing import spans
from shared.tracing.spans import Kind

_log = structlog.get_logger(__name__)


class RpcClient:
    """A client for any number of threads or greenlets.

    The services must be ours, which know RabbitMQ's direct reply-to. The first call connects. When the
    connection is lost, calls under way are sent again over the next one, with the same command id, so that no
    command runs twice: one whose answer is not remembered fails with Unavailable then. So do, at once, calls
    without a caller, whose commands have no such protection.
    """

    def __init__(self, amqp_uri: str, *, name: str, timeout: float = 10.0) -> None:
        self._uri, self._name, self._timeout = amqp_uri, name, timeout
        self._pending: dict[str, Pending] = {}
        self._lock = threading.Lock()
        self._connected = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._channel: Any = None
        self._reply_to = ""
        self._errors: tuple[type[BaseException], ...] = (OSError,)

    def call(
        self,
        service: str,
        method: str,
        /,
        *,
        auth_token: str | None = None,
        timeout: float | None = None,
        correlation_id: UUID | None = None,
        **arguments: Any,
    ) -> Any:
        """Call `service.method(**arguments)` and return its result as plain JSON values.

        Raises the error that the service answered with; DeadlineExceeded after `timeout` seconds; Unavailable
        when the broker can't be reached or the service was never there.
        """
        correlation_id = correlation_id or observability.correlation_id()
        attributes = {"rpc.system": "nameko", "rpc.service": service, "rpc.method": method}
        with spans.span(f"{service}/{method}", Kind.CLIENT, correlation_id, attributes):
            return self._carry_out(
                Pending(
                    f"{service}.{method}",
                    arguments,
                    token=auth_token,
                    correlation_id=correlation_id,
                    timeout=timeout or self._timeout,
                )
            )

    @property
    def connected(self) -> bool:
        """Whether the broker is within reach just now."""
        return self._connected.is_set()

    def close(self) -> None:
        """End the connection; calls under way fail."""
        self._closed = True
        if self._thread:
            self._thread.join(2 * broker.DRAIN_S)

    def _carry_out(self, pending: Pending) -> Any:
        self._start()
        if not self._connected.wait(pending.remaining):
            raise Unavailable("The message broker can't be reached; try again in a moment.")
        self._pending[pending.id] = pending
        try:
            self._send(pending)
            return pending.result()
        finally:
            self._pending.pop(pending.id, None)

    def _start(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="rpc client", daemon=True)
                    self._thread.start()

    def _send(self, pending: Pending) -> None:
        """Publish, once over each connection; when it breaks just now, the next one sends it or fails it."""
        try:
            with self._lock:
                channel = self._channel
                if pending.sent_over is channel:
                    return
                pending.sent_over = channel
            pending.publish(channel, self._reply_to)
        except self._errors as error:
            _log.info("rpc_send_interrupted", error=repr(error))

    def _run(self) -> None:
        broker.stay_connected(
            self._uri,
            name=self._name,
            use=self._read,
            lost=self._lost,
            stopping=lambda: self._closed,
            wait=time.sleep,
        )
        self._connected.clear()
        for pending in self._under_way():
            pending.fail(Unavailable())

    def _read(self, connection: Connection, at_work: Callable[[], None]) -> None:
        self._open(connection)
        at_work()
        while not self._closed:
            broker.drain(connection)

    def _lost(self, error: BaseException) -> None:
        """Fail the calls that can't be sent again."""
        _log.warning("rpc_connection_lost", client=self._name, error=repr(error))
        self._connected.clear()
        for pending in self._under_way():
            if not pending.is_repeatable:
                pending.fail(
                    Unavailable("The connection was interrupted; look whether it was done, and try again.")
                )

    def _open(self, connection: Connection) -> None:
        channel = connection.channel()
        broker.RPC_EXCHANGE(channel).declare()
        self._errors = broker.errors(connection)
        self._reply_to = self._consume_replies(channel)
        if not embedded.is_meant(self._uri):
            channel.events["basic_return"].add(self._on_return)
        self._channel = channel
        for pending in self._under_way():
            self._send(pending)
        self._connected.set()

    def _consume_replies(self, channel: Any) -> str:
        """RabbitMQ's direct reply-to needs no queue; the embedded broker gets one."""
        if not embedded.is_meant(self._uri):
            direct = broker.DIRECT_REPLY_TO
            broker.consume(channel, direct, self._on_reply, tag="replies", no_ack=True)
            return direct
        key = str(uuid4())
        queue = Queue(f"rpc.reply-{key}", broker.RPC_EXCHANGE, routing_key=key, auto_delete=True)(channel)
        queue.declare()
        broker.consume(channel, queue.name, self._on_reply, tag="replies", no_ack=True)
        return key

    def _on_reply(self, message: Message) -> None:
        if pending := self._of(message):
            pending.settle(message.body)

    def _on_return(self, _error: Any, _exchange: str, routing_key: str, message: Any) -> None:
        if pending := self._of(message):
            service = routing_key.partition(".")[0]
            pending.fail(Unavailable(f"The service {service} has not been started; try again in a moment."))

    def _of(self, message: Any) -> Pending | None:
        """The call that a message is about, if somebody waits for it still."""
        return self._pending.get(str(message.properties.get("correlation_id")))

    def _under_way(self) -> list[Pending]:
        return list(self._pending.values())
