"""Takes calls from a service's RPC queue and sends the answers: nameko's wire, none of its traps."""

from collections.abc import Callable
from functools import partial
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
from shared.messaging.reply import Address, RefusedAddress, Replies
from shared.monitoring import metrics

PARKED_ARGUMENTS = {"x-max-length": 1_000, "x-max-length-bytes": 64 * 1024 * 1024}
Reply = Callable[[bytes], None]
_log = structlog.get_logger(__name__)


class RpcServer(SharedExtension):  # type: ignore[misc]
    """One connection a service: it consumes calls, and answers on the same channel.

    A message is acknowledged when its answer was sent, so that a call whose worker died goes to another
    one. Nothing that a message holds can stop the consumer: what is no call is answered with an error, or,
    where no one waits for an answer, parked in the queue `rpc.malformed`. A call whose answer would do harm
    where it is to go is dropped.
    """

    process = Process()

    def __init__(self) -> None:
        self._methods: dict[str, Entrypoint] = {}
        self._channel: Any = None
        self._replies: Any = None
        self._started = self._stopping = False
        self._stopped = Event()
        self._busy = self._waiting = 0
        self._consuming = False

    def setup(self) -> None:
        metrics.rpc_parked.labels(self._name)
        self.process.monitoring.ready_if(
            f"rpc {self._name}", lambda: None if self._consuming else "takes no calls from the broker"
        )

    def register(self, entrypoint: Entrypoint) -> None:
        self._methods[entrypoint.method_name] = entrypoint

    def admit_waiting(self, calls: int) -> None:
        """Take that many calls more at once, which wait for something else than a worker's turn."""
        self._waiting = calls

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
        broker.stay_connected(
            self.process.config.amqp_uri,
            name=self._name,
            use=self._consume,
            lost=self._lost,
            stopping=lambda: self._stopping,
            wait=eventlet.sleep,
        )
        self._stopped.send()

    def _lost(self, error: BaseException) -> None:
        self._consuming = False
        _log.warning("rpc_connection_lost", service=self._name, error=repr(error))

    def _consume(self, connection: Connection, at_work: Callable[[], None]) -> None:
        channel = self._channel = connection.channel()
        self._replies = Replies(connection, channel, amqp_uri=self.process.config.amqp_uri, name=self._name)
        queue = Queue(
            f"rpc-{self._name}",
            broker.RPC_EXCHANGE,
            routing_key=f"{self._name}.*",
            durable=True,
            queue_arguments=self.process.config.queue_arguments,
        )
        queue(channel).declare()
        parked_arguments = PARKED_ARGUMENTS | self.process.config.queue_arguments
        Queue(broker.PARKED, durable=True, queue_arguments=parked_arguments)(channel).declare()
        channel.basic_qos(0, self.process.config.max_workers + self._waiting, False)
        tag = f"rpc-{self._name}"
        broker.consume(channel, queue.name, self._handle, tag=tag)
        self._consuming = True
        at_work()
        _log.info("rpc_ready", service=self._name)
        while not self._stopping:
            broker.drain(connection)
        self._consuming = False
        channel.basic_cancel(tag)
        while self._busy:
            broker.drain(connection)

    @property
    def _name(self) -> str:
        return str(self.container.service_name)

    def _handle(self, message: Message) -> None:
        """Start the call that the message holds; must not raise."""
        reply_to = message.properties.get("reply_to")
        if not isinstance(reply_to, str) or not reply_to:
            self._park(message)
            return
        try:
            self._start(message, partial(self._replies.send, message, Address.parse(reply_to)))
        except RefusedAddress as refused:
            # Not parked: a whole call may hold a password, and what is wrong lies in its address alone.
            _log.warning("rpc_reply_refused", service=self._name, reason=str(refused))
            message.reject()
        except ContainerBeingKilled:
            message.requeue()

    def _start(self, message: Message, reply: Reply) -> None:
        """Start the call, or have it answered with what is wrong with it."""
        try:
            config = self.process.config
            call = parse(message, timeout=config.rpc_timeout, longest=config.longest_call)
            entrypoint = self._methods.get(call.method)
            if entrypoint is None:
                raise MethodNotFound(call.method)
            if call.remaining() <= 0:
                raise DeadlineExceeded("The call arrived after its caller had given up; nothing was done.")
        except PortalError as error:
            self._busy += 1
            # Named as the caller did, every wrong name would be a series of its own.
            metrics.rpc_requests.labels(self._name, "refused unseen", error.code).inc()
            eventlet.spawn(self._answer, reply, encode(None, to_envelope(error)))
        else:
            self._spawn(entrypoint, call, reply)

    def _spawn(self, entrypoint: Entrypoint, call: Call, reply: Reply) -> None:
        def answer(_worker: Any, body: bytes, exc_info: Any) -> tuple[Any, Any]:
            self._answer(reply, body)
            return body, exc_info

        self.container.spawn_worker(entrypoint, (call, entrypoint), {}, handle_result=answer)
        self._busy += 1

    def _answer(self, reply: Reply, body: bytes) -> None:
        try:
            reply(body)
        finally:
            self._busy -= 1

    def _park(self, message: Message) -> None:
        """Keep a message that nobody waits for where an operator can look at it."""
        metrics.rpc_parked.labels(self._name).inc()
        _log.warning("rpc_message_parked", service=self._name, size=len(message.body or b""))
        kept = self._channel.prepare_message(message.body, content_type="application/octet-stream")
        self._channel.basic_publish(kept, exchange="", routing_key=broker.PARKED)
        message.ack()
