"""The answers to calls: where they may go, and how they get there."""

import base64
import re
from dataclasses import dataclass
from typing import Any, Self

import structlog
from kombu.connection import Connection
from kombu.message import Message

from shared.failpoints import reach
from shared.messaging import broker

CONFIRM_S = 5
_DIRECT = re.compile(r"amq\.rabbitmq\.reply-to\.(?P<process>[A-Za-z0-9+/]+=*)\.[A-Za-z0-9+/]+=*")
# A process id in Erlang's external term format: the name of its node, and twelve bytes of numbers.
_PROCESS = re.compile(rb"\x83X(?:w|v\x00)(?P<length>.)(?P<node>[!-~]+@[!-~]+).{12}", re.DOTALL)
_log = structlog.get_logger(__name__)


class RefusedAddress(Exception):
    """An answer that went to this `reply_to` would do harm."""


@dataclass(frozen=True)
class Address:
    """A routing key of the caller's own, or the direct address of a caller connected to RabbitMQ's `node`."""

    key: str
    node: bytes | None = None

    @classmethod
    def parse(cls, reply_to: str) -> Self:
        """Read a message's `reply_to`; raises RefusedAddress.

        A key like `service.method` would bring the answer, which may hold a session, to that service.
        """
        if reply_to.startswith(broker.DIRECT_REPLY_TO):
            return cls(reply_to, _node(reply_to))
        if reply_to.count(".") == 1:
            raise RefusedAddress("reply_to is like service.method, whose queue would take the answer")
        return cls(reply_to)


class Replies:
    """Sends the answers to what came over one channel.

    RabbitMQ closes the connection that publishes to the direct address of a node that does not exist. So the
    first answer to each node goes over a connection of its own; only after it has arrived do the next ones go
    over this channel, which other calls depend on.
    """

    def __init__(self, connection: Connection, channel: Any, *, amqp_uri: str, name: str) -> None:
        self._channel, self._amqp_uri, self._name = channel, amqp_uri, name
        self._errors = broker.errors(connection)
        self._nodes: set[bytes | None] = {None}

    def send(self, message: Message, to: Address, body: bytes) -> None:
        """Send the answer, then acknowledge; where the connection is gone, the message comes again."""
        answer = self._channel.prepare_message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            properties={"correlation_id": message.properties.get("correlation_id"), "delivery_mode": 1},
        )
        reach("rpc.before_answer")
        try:
            if to.node not in self._nodes:
                self._send_apart(answer, to)
                message.ack()
            elif message.delivery_info.get("redelivered"):
                # Whatever it is in an answer that breaks the connection, it does so no third time.
                message.ack()
                _publish(self._channel, answer, to)
            else:
                _publish(self._channel, answer, to)
                reach("rpc.before_acknowledgement")
                message.ack()
        except self._errors as lost:
            _log.warning("rpc_answer_not_sent", error=repr(lost))

    def _send_apart(self, answer: Any, to: Address) -> None:
        with broker.connection(self._amqp_uri, name=f"{self._name} answers", confirm=True) as connection:
            try:
                _publish(connection.channel(), answer, to, confirm_timeout=CONFIRM_S)
            except broker.errors(connection) as lost:
                _log.warning("rpc_answer_not_sent", error=repr(lost))
            else:
                self._nodes.add(to.node)


def _publish(channel: Any, answer: Any, to: Address, **options: Any) -> None:
    exchange = broker.RPC_EXCHANGE.name if to.node is None else ""
    channel.basic_publish(answer, exchange=exchange, routing_key=to.key, **options)


def _node(address: str) -> bytes:
    """The node that a direct address names; raises RefusedAddress when RabbitMQ can't have made it."""
    direct = _DIRECT.fullmatch(address)
    try:
        process = _PROCESS.fullmatch(base64.b64decode(direct["process"], validate=True)) if direct else None
    except ValueError:
        process = None
    if process is None or process["length"][0] != len(process["node"]):
        raise RefusedAddress("reply_to is no direct address that RabbitMQ has made")
    return process["node"]
