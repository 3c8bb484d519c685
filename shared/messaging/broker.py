"""Connections to the broker: RabbitMQ, or the one inside the process."""

from collections.abc import Callable
from typing import Any

from kombu.connection import Connection
from kombu.entity import Exchange
from kombu.message import Message
from kombu.transport import pyamqp

from shared.messaging import embedded

HEARTBEAT_S = 10
DRAIN_S = 0.5
CONNECT_TIMEOUT_S = 5
WRITE_TIMEOUT_S = 5
RECONNECT_AFTER_S = (0.1, 0.5, 1, 2, 5)
DIRECT_REPLY_TO = "amq.rabbitmq.reply-to"
RPC_EXCHANGE = Exchange("nameko-rpc", type="topic", durable=True)


class _Connection(pyamqp.Connection):
    """Doesn't ask for connection.blocked: py-amqp would read from the socket at every publish to look for it,
    beside the one greenlet or thread whose task reading is.
    """

    negotiate_capabilities = pyamqp.Connection.negotiate_capabilities | {"connection.blocked": False}


class _Transport(pyamqp.Transport):
    Connection = _Connection


def connection(amqp_uri: str, *, name: str, confirm: bool = False) -> Connection:
    """A connection that is not open yet; `name` shows in RabbitMQ's lists.

    With `confirm`, each publish waits for the broker's confirm.
    """
    if amqp_uri.startswith(f"{embedded.ALIAS}:"):
        embedded.install()
        return Connection(amqp_uri)
    options: dict[str, Any] = {
        "client_properties": {"connection_name": name},
        "write_timeout": WRITE_TIMEOUT_S,
        "confirm_publish": confirm,
    }
    return Connection(
        amqp_uri,
        transport=_Transport,
        heartbeat=HEARTBEAT_S,
        connect_timeout=CONNECT_TIMEOUT_S,
        transport_options=options,
    )


def consume(
    channel: Any, queue: str, on_message: Callable[[Message], None], *, tag: str, no_ack: bool = False
) -> None:
    """Have `on_message` called for each message of a queue while the connection is drained."""

    def on_raw(raw: Any) -> None:
        on_message(channel.message_to_python(raw))

    channel.basic_consume(queue, no_ack=no_ack, callback=on_raw, consumer_tag=tag)


def drain(connection: Connection) -> None:
    """Take what has arrived, for a moment at most, and keep the heartbeat."""
    try:
        connection.drain_events(timeout=DRAIN_S)
    except TimeoutError:
        connection.heartbeat_check()


def errors(of: Connection) -> tuple[type[BaseException], ...]:
    """What may be raised when the connection or a channel of it is lost (AttributeError by py-amqp)."""
    return (*of.connection_errors, *of.channel_errors, OSError, AttributeError)


def reconnect_delay(attempt: int) -> float:
    """How long to wait before the attempt of that number, growing."""
    return RECONNECT_AFTER_S[min(attempt, len(RECONNECT_AFTER_S) - 1)]
