"""Takes calls from a service's RPC queue and sends the answers: nameko's wire, none of its traps."""

from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.message import Message
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint, SharedExtension

from shared.contracts.errors import DeadlineExceeded, MethodNotFound, PortalError
from shared.messaging import broker
from shared.messaging.call import Call, parse
from shared.messaging.errors import encode, to_envelope
from shared.messaging.process import Process

PARKED = "rpc.malformed"
PARKED_ARGUMENTS = {"x-max-length": 1_000, "x-max-length-bytes": 64 * 1024 * 1024}
_log = structlog.get_logger(__name__)


class RpcServer(SharedExtension):  # type: ignore[misc]
    """One connection a service: it consumes calls, and answers on the same channel.

    A message is acknowledged when its answer was sent, so that a call whose worker died goes to another
    one. Nothing that a message holds can stop the consumer: what is no call is answered with an error, or,
    where no one waits for an answer, parked in the queue `rpc.malformed`.
    """

    process = Process()

    def __init__(self) -> None:
        self._methods: dict[str, Entrypoint] = {}
        self._channel: Any = None
        self._errors: tuple[type[BaseException], ...] = ()
        self._started = self._stopping = False
        self._stopped = Event()
        self._busy = self._attempt = 0

    def register(self, entrypoint: Entrypoint) -> None:
        self._methods[entrypoint.method_name] = entrypoint

    def start(self) -> None:
        self._started = True
        self.container.spawn_managed_thread(self._run, identifier="rpc server")

    def stop(self) -> None:
        """Take no more calls and wait until the running ones are answered, but not for ever."""
        self._stopping = True
        if not self._started:
            return
        with eventlet.Timeout(self.process.config.drain_timeout, False):
            self._stopped.wait()

    def kill(self) -> None:
        self._stopping = True

    def _run(self) -> None:
        while not self._stopping:
            with broker.connection(self.process.config.amqp_uri, name=self._name) as connection:
                try:
                    self._consume(connection)
                except broker.errors(connection) as error:
                    _log.warning("rpc_connection_lost", service=self._name, error=repr(error))
                    eventlet.sleep(broker.reconnect_delay(self._attempt))
                    self._attempt += 1
        self._stopped.send()

    def _consume(self, connection: Connection) -> None:
        channel = self._channel = connection.channel()
        self._errors = broker.errors(connection)
        queue = Queue(f"rpc-{self._name}", broker.RPC_EXCHANGE, routing_key=f"{self._name}.*", durable=True)
        queue(channel).declare()
        Queue(PARKED, durable=True, queue_arguments=PARKED_ARGUMENTS)(channel).declare()
        channel.basic_qos(0, self.process.config.max_workers, False)
        tag = f"rpc-{self._name}"
        broker.consume(channel, queue.name, self._handle, tag=tag)
        self._attempt = 0
        _log.info("rpc_ready", service=self._name)
        while not self._stopping:
            broker.drain(connection)
        channel.basic_cancel(tag)
        while self._busy:
            broker.drain(connection)

    @property
    def _name(self) -> str:
        return str(self.container.service_name)

    def _handle(self, message: Message) -> None:
        """Start the call that the message holds; must not raise."""
        reply = _Reply(self._channel, message, self._errors)
        if not reply.expected:
            self._park(message)
            return
        try:
            call = parse(message, timeout=self.process.config.rpc_timeout)
            entrypoint = self._methods.get(call.method)
            if entrypoint is None:
                raise MethodNotFound(call.method)
            if call.remaining() <= 0:
                raise DeadlineExceeded("The call arrived after its caller had given up; nothing was done.")
            self._spawn(entrypoint, call, reply)
        except PortalError as error:
            reply.send(encode(None, to_envelope(error)))
        except ContainerBeingKilled:
            reply.give_back()

    def _spawn(self, entrypoint: Entrypoint, call: Call, reply: "_Reply") -> None:
        def answer(_worker: Any, body: bytes, exc_info: Any) -> tuple[Any, Any]:
            try:
                reply.send(body)
            finally:
                self._busy -= 1
            return body, exc_info

        self.container.spawn_worker(entrypoint, (call, entrypoint), {}, handle_result=answer)
        self._busy += 1

    def _park(self, message: Message) -> None:
        """Keep a message that nobody waits for where an operator can look at it."""
        _log.warning("rpc_message_parked", service=self._name, size=len(message.body or b""))
        kept = self._channel.prepare_message(message.body, content_type="application/octet-stream")
        self._channel.basic_publish(kept, exchange="", routing_key=PARKED)
        message.ack()


class _Reply:
    """The answer to one message, and its acknowledgement."""

    def __init__(self, channel: Any, message: Message, errors: tuple[type[BaseException], ...]) -> None:
        self._channel, self._message, self._errors = channel, message, errors
        self._to: Any = message.properties.get("reply_to")

    @property
    def expected(self) -> bool:
        return isinstance(self._to, str) and bool(self._to)

    def send(self, body: bytes) -> None:
        """Send the answer; where the connection is gone, the message comes again to be answered then."""
        answer = self._channel.prepare_message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            properties={"correlation_id": self._message.properties.get("correlation_id"), "delivery_mode": 1},
        )
        direct = self._to.startswith(broker.DIRECT_REPLY_TO)
        exchange = "" if direct else broker.RPC_EXCHANGE.name
        try:
            # RabbitMQ closes the connection over a forged direct reply address; the second time, the message
            # is gone before that happens again.
            redelivered = self._message.delivery_info.get("redelivered")
            if redelivered:
                self._message.ack()
            self._channel.basic_publish(answer, exchange=exchange, routing_key=self._to)
            if not redelivered:
                self._message.ack()
        except self._errors as lost:
            _log.warning("rpc_answer_not_sent", error=repr(lost))

    def give_back(self) -> None:
        self._message.requeue()
