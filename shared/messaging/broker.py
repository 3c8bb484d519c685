"""Connections to the broker: RabbitMQ, or the one inside the process."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from amqp.exceptions import AMQPError
from kombu.connection import Connection
from kombu.entity import Exchange
from kombu.message import Message
from kombu.transport import pyamqp

from shared.contracts.errors import Unavailable
from shared.messaging import embedded
from shared.messaging.backoff import Backoff
from shared.messaging.frames import frame_handler

HEARTBEAT_S = 10
DRAIN_S = 0.5
CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 5
WRITE_TIMEOUT_S = 5
READ_BYTES = 64 * 1024
DIRECT_REPLY_TO = "amq.rabbitmq.reply-to"
# Where calls go that are none.
PARKED = "rpc.malformed"
RPC_EXCHANGE = Exchange("nameko-rpc", type="topic", durable=True)


class _Message(pyamqp.Message):
    """Keeps its body as it came: kombu would unpack a compressed one, to whatever size.

    py-amqp has a text, not bytes, where nothing came, and can't send that on without an encoding.
    """

    def __init__(self, content: Any, channel: Any = None, **kwargs: Any) -> None:
        (content.properties.get("application_headers") or {}).pop("compression", None)
        super().__init__(content, channel=channel, **kwargs)  # type: ignore[no-untyped-call]
        self.body = self.body or b""


class _Channel(pyamqp.Channel):
    """Leaves a body's encoding to who reads it."""

    Message = _Message  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, auto_decode=False)


class _Connection(pyamqp.Connection):
    """Doesn't ask for connection.blocked: py-amqp would read from the socket at every publish to look for it,
    beside the one greenlet or thread whose task reading is.
    """

    Channel = _Channel
    negotiate_capabilities = pyamqp.Connection.negotiate_capabilities | {"connection.blocked": False}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, frame_handler=frame_handler)

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        """Bounds every later wait for an answer, which would last for ever on a broker that has frozen; and
        takes what has arrived in one read, where py-amqp takes three a frame.
        """
        connected = super().connect(*args, **kwargs)
        transport = self.transport
        transport.sock.settimeout(ANSWER_TIMEOUT_S)
        receive = transport.sock.recv
        transport._quick_recv = lambda size: receive(max(size, READ_BYTES))
        return connected

    def drain_events(self, timeout: float | None = None) -> None:
        """Sets the socket's timeout once a message, not once a frame."""
        try:
            with self.transport.having_timeout(timeout):
                while not self.on_inbound_frame(self.transport.read_frame()):
                    pass
        except OSError as error:
            # When the broker has closed the connection, resetting the timeout fails and hides its reason.
            if isinstance(error.__context__, AMQPError):
                raise error.__context__ from None
            raise


class _Transport(pyamqp.Transport):
    Connection = _Connection


def connection(amqp_uri: str, *, name: str, confirm: bool = False) -> Connection:
    """A connection that is not open yet; `name` shows in RabbitMQ's lists.

    With `confirm`, each publish waits for the broker's confirm.
    """
    if embedded.is_meant(amqp_uri):
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


def stay_connected(
    amqp_uri: str,
    *,
    name: str,
    use: Callable[[Connection, Callable[[], None]], None],
    lost: Callable[[BaseException], None],
    stopping: Callable[[], bool],
    wait: Callable[[float], object],
) -> None:
    """Use one connection after the other until it is time to stop; a loss ends nothing.

    `use` gets a connection, not open yet, and what it calls once it is at work; it comes back when it is
    time to stop. `lost` is told of each loss; then comes a `wait`, longer each time until one has worked.
    """
    backoff = Backoff()
    while not stopping():
        with connection(amqp_uri, name=name) as opened:
            try:
                use(opened, backoff.reset)
                continue
            except errors(opened) as error:
                lost(error)
        wait(backoff.next())


def ensure_reachable(amqp_uri: str) -> None:
    """Connect once; raises Unavailable, whose message names the broker but no password."""
    with connection(amqp_uri, name="check") as attempt:
        try:
            attempt.connect()
        except errors(attempt) as error:
            reason = getattr(error, "strerror", None) or getattr(error, "reply_text", None) or error
            server = f"{attempt.host}, virtual host {attempt.virtual_host}, user {attempt.userid}"
            raise Unavailable(f"No connection to the message broker at {server}: {reason}.") from None


def consume(
    channel: Any, queue: str, on_message: Callable[[Message], None], *, tag: str, no_ack: bool = False
) -> None:
    """Have `on_message` called for each message of a queue while the connection is drained."""

    def on_raw(raw: Any) -> None:
        on_message(channel.message_to_python(raw))

    channel.basic_consume(queue, no_ack=no_ack, callback=on_raw, consumer_tag=tag)


def drain(connection: Connection, timeout: float = DRAIN_S) -> None:
    """Take what has arrived, for a moment at most, and keep the heartbeat.

    Also where something arrives all the time: who only receives sends nothing else. Raises
    ConnectionResetError also for a loss that only somebody else's write has met with.
    """
    with suppress(TimeoutError):
        _still_open(connection).drain_events(timeout=timeout)
    _still_open(connection).heartbeat_check()


def _still_open(connection: Connection) -> Connection:
    """kombu would open a lost one anew by itself, without the channels and consumers that it had."""
    if not connection.connected:
        raise ConnectionResetError("the connection was lost while something was sent")
    return connection


def errors(of: Connection) -> tuple[type[BaseException], ...]:
    """What may be raised when the connection or a channel of it is lost (AttributeError by py-amqp)."""
    return (*of.connection_errors, *of.channel_errors, OSError, AttributeError)
