"""A message's AMQP properties, ready for the wire.

pika encodes a table of 16 headers in 15 µs, more than all the rest of publishing costs; this takes a third.
Names of headers are few, so their bytes are kept.
"""

import struct
from functools import cache
from typing import Any

from pika import BasicProperties

from shared.messaging.cloudevents import CONTENT_ENCODING, CONTENT_TYPE, PERSISTENT, OutgoingMessage

_FLAGS = (
    BasicProperties.FLAG_CONTENT_TYPE
    | BasicProperties.FLAG_CONTENT_ENCODING
    | BasicProperties.FLAG_HEADERS
    | BasicProperties.FLAG_DELIVERY_MODE
    | BasicProperties.FLAG_MESSAGE_ID
    | BasicProperties.FLAG_TIMESTAMP
    | BasicProperties.FLAG_TYPE
)
_length = struct.Struct(">I").pack
_integer = struct.Struct(">q").pack
_timestamp = struct.Struct(">Q").pack


class EncodedProperties(BasicProperties):  # type: ignore[misc]
    """What pika asks for is their encoded form alone; see AMQP 0-9-1, 4.2.5.5 and 4.2.6.1."""

    def __init__(self, message: OutgoingMessage) -> None:
        super().__init__()
        self._message = message

    def encode(self) -> list[bytes]:
        message = self._message
        return [
            _START,
            *_table(message.headers),
            _MODE,
            _short(message.message_id),
            _timestamp(message.timestamp),
            _short(message.type),
        ]


def _table(headers: dict[str, Any]) -> list[bytes]:
    """Texts and whole numbers; raises TypeError for anything else."""
    pieces = [b""]
    for name, value in headers.items():
        if isinstance(value, str):
            encoded = value.encode()
            pieces += (_name(name, b"S"), _length(len(encoded)), encoded)
        elif isinstance(value, int):
            pieces += (_name(name, b"l"), _integer(value))
        else:
            raise TypeError(f"the header {name} holds a {type(value).__name__}")
    pieces[0] = _length(sum(map(len, pieces)))
    return pieces


@cache
def _name(name: str, kind: bytes) -> bytes:
    return _short(name) + kind


def _short(text: str) -> bytes:
    """Raises ValueError over 255 bytes."""
    encoded = text.encode()
    return bytes((len(encoded),)) + encoded


_START = struct.pack(">H", _FLAGS) + _short(CONTENT_TYPE) + _short(CONTENT_ENCODING)
_MODE = bytes((PERSISTENT,))
