"""Calls services over RPC, for gateways and tools: many threads, one connection, reconnecting by itself."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson
import structlog
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.message import Message

from shared import observability
from shared.contracts.codec import to_plain
from shared.contracts.errors import DeadlineExceeded, PortalError, Unavailable
from shared.messaging import broker
from shared.messaging.call import COMMAND_ID, CORRELATION_ID, DEADLINE, TOKEN, TRACEPARENT
from shared.messaging.errors import RemoteError, from_envelope
from shared.tracing import spans
from shared.tracing.spans import Kind

_log = structlog.get_logger(__name__)


@dataclass
class _Pending:
    """A call that waits for its answer."""

    routing_key: str
    message: dict[str, Any]
    repeatable: bool
    done: threading.Event = field(default_factory=threading.Event)
    answer: dict[str, Any] = field(default_factory=dict)
    error: PortalError | None = None
    sent_over: Any = None

    def fail(self, error: PortalError) -> None:
        self.error = error
        self.done.set()


class RpcClient:
    """A client for any number of threads or greenlets.

    The services must be ours, which know RabbitMQ's direct reply-to. The first call connects. When the
    connection is lost, calls under way are sent again over the next one, with the same command id, so that no
    command runs twice; calls without a caller, whose commands have no such protection, fail with Unavailable
    instead.
    """

    def __init__(self, amqp_uri: str, *, name: str, timeout: float = 10.0) -> None:
        self._uri, self._name, self._timeout = amqp_uri, name, timeout
        self._pending: dict[str, _Pending] = {}
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
        deadline = time.time() + (timeout or self._timeout)
        call_id = str(uuid4())
        correlation_id = correlation_id or observability.correlation_id()
        attributes = {"rpc.system": "nameko", "rpc.service": service, "rpc.method": method}
        with spans.span(f"{service}/{method}", Kind.CLIENT, correlation_id, attributes):
            pending = _Pending(
                routing_key=f"{service}.{method}",
                message=_message(call_id, arguments, auth_token, correlation_id, deadline),
                repeatable=auth_token is not None,
            )
            self._carry_out(pending, call_id, deadline)
            return _result(pending)

    @property
    def connected(self) -> bool:
        """Whether the broker is within reach just now."""
        return self._connected.is_set()

    def close(self) -> None:
        """End the connection; calls under way fail."""
        self._closed = True
        if self._thread:
            self._thread.join(2 * broker.DRAIN_S)

    def _carry_out(self, pending: _Pending, call_id: str, deadline: float) -> None:
        self._start()
        if not self._connected.wait(deadline - time.time()):
            raise Unavailable("The message broker can't be reached; try again in a moment.")
        self._pending[call_id] = pending
        try:
            self._send(pending)
            if not pending.done.wait(max(deadline - time.time(), 0)):
                raise DeadlineExceeded()
        finally:
            self._pending.pop(call_id, None)

    def _start(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="rpc client", daemon=True)
                    self._thread.start()

    def _send(self, pending: _Pending) -> None:
        """Publish, once over each connection; when it breaks just now, the next one sends it or fails it."""
        try:
            with self._lock:
                channel = self._channel
                if pending.sent_over is channel:
                    return
                pending.sent_over = channel
            properties = pending.message["properties"] | {
                "reply_to": self._reply_to,
                "expiration": str(max(int((pending.message["deadline"] - time.time()) * 1000), 1)),
            }
            prepared = channel.prepare_message(
                pending.message["body"],
                content_type="application/json",
                content_encoding="utf-8",
                headers=pending.message["headers"],
                properties=properties,
            )
            channel.basic_publish(
                prepared, exchange=broker.RPC_EXCHANGE.name, routing_key=pending.routing_key, mandatory=True
            )
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
        for pending in list(self._pending.values()):
            pending.fail(Unavailable())

    def _read(self, connection: Connection, at_work: Callable[[], None]) -> None:
        self._open(connection)
        at_work()
        while not self._closed:
            broker.drain(connection)

    def _lost(self, error: BaseException) -> None:
        _log.warning("rpc_connection_lost", client=self._name, error=repr(error))
        self._connected.clear()
        self._interrupt()

    def _open(self, connection: Connection) -> None:
        channel = connection.channel()
        broker.RPC_EXCHANGE(channel).declare()
        self._errors = broker.errors(connection)
        self._reply_to = self._consume_replies(channel)
        if hasattr(channel, "events") and isinstance(channel.events, dict):
            channel.events["basic_return"].add(self._on_return)
        self._channel = channel
        for pending in list(self._pending.values()):
            self._send(pending)
        self._connected.set()

    def _consume_replies(self, channel: Any) -> str:
        """RabbitMQ's direct reply-to needs no queue; the embedded broker gets one."""
        if self._uri.startswith("amqp"):
            direct = broker.DIRECT_REPLY_TO
            broker.consume(channel, direct, self._on_reply, tag="replies", no_ack=True)
            return direct
        key = str(uuid4())
        queue = Queue(f"rpc.reply-{key}", broker.RPC_EXCHANGE, routing_key=key, auto_delete=True)(channel)
        queue.declare()
        broker.consume(channel, queue.name, self._on_reply, tag="replies", no_ack=True)
        return key

    def _on_reply(self, message: Message) -> None:
        pending = self._pending.get(str(message.properties.get("correlation_id")))
        if pending is None:
            return
        try:
            pending.answer = _answer(message.body)
            pending.done.set()
        except ValueError as error:
            pending.fail(RemoteError("MalformedAnswer", "malformed_answer", str(error), {}))

    def _on_return(self, _error: Any, _exchange: str, routing_key: str, message: Any) -> None:
        pending = self._pending.get(str(message.properties.get("correlation_id")))
        if pending is not None:
            service = routing_key.partition(".")[0]
            pending.fail(Unavailable(f"The service {service} has not been started; try again in a moment."))

    def _interrupt(self) -> None:
        """Fail the calls that can't be sent again."""
        for pending in list(self._pending.values()):
            if not pending.repeatable:
                pending.fail(
                    Unavailable("The connection was interrupted; look whether it was done, and try again.")
                )


def _message(
    call_id: str, arguments: dict[str, Any], token: str | None, correlation_id: UUID, deadline: float
) -> dict[str, Any]:
    headers = {DEADLINE: deadline, COMMAND_ID: call_id, CORRELATION_ID: str(correlation_id)}
    if token is not None:
        headers[TOKEN] = token
    if traceparent := spans.traceparent(correlation_id):
        headers[TRACEPARENT] = traceparent
    return {
        "body": orjson.dumps({"args": [], "kwargs": to_plain(arguments)}),
        "headers": headers,
        "properties": {"correlation_id": call_id, "delivery_mode": 1},
        "deadline": deadline,
    }


def _answer(body: bytes | str) -> dict[str, Any]:
    """Raises ValueError."""
    answer = orjson.loads(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("error"), dict | None):
        raise ValueError("The service's answer is no object with `result` and `error`.")
    return answer


def _result(pending: _Pending) -> Any:
    if pending.error is not None:
        raise pending.error
    if error := pending.answer.get("error"):
        raise from_envelope(error)
    return pending.answer.get("result")
