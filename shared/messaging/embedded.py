"""The broker inside the process: kombu's in-memory transport, made fit for nameko and quick."""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, memory, virtual

ALIAS = "embedded"
POLL_S = 0.002


class Message(virtual.Message):
    """Has its content type among its properties, where nameko looks for it as on a real broker."""

    def __init__(self, payload: dict[str, Any], channel: Any = None, **kwargs: Any) -> None:
        super().__init__(payload, channel=channel, **kwargs)  # type: ignore[no-untyped-call]
        self.properties["content_type"] = self.content_type
        self.properties["content_encoding"] = self.content_encoding


class Channel(memory.Channel):
    Message = Message


class Transport(memory.Transport):
    Channel = Channel
    polling_interval = POLL_S


def is_meant(amqp_uri: str) -> bool:
    """Whether a URI is for this broker, not for RabbitMQ."""
    return amqp_uri.startswith(f"{ALIAS}:")


def install() -> None:
    """Make `embedded://` known to kombu."""
    TRANSPORT_ALIASES[ALIAS] = f"{__name__}:Transport"
