"""Bytes that no decent client sends do no harm: no text, no time, no end of tables."""

import json
import struct
import zlib
from typing import Any

import pika
import pytest

from tests.integration.messaging.given import kwargs, refusal
from tests.support.waiting import wait_until
from tests.support.wire import Wire

PARKED = "rpc.malformed"
pytestmark = pytest.mark.usefixtures("unharmed")


def test_a_compressed_message_is_not_unpacked(bare: Wire):
    """kombu would: ten megabytes like these become ten gigabytes."""
    packed = zlib.compress(json.dumps(kwargs(text="x")).encode())
    headers = {"compression": "application/x-gzip"}
    assert refusal(bare, "sample.echo", packed, headers=headers)[0] == "MalformedRequest"


@pytest.mark.parametrize(
    ("routing_key", "properties"),
    [
        (b"sample.\xff\xfe", {"reply_to": "nobody"}),
        (b"sample.\xed\xa0\x80", {"reply_to": "nobody"}),
        ("sample.echo", {"correlation_id": b"\xff\xfe", "reply_to": "nobody"}),
        ("sample.echo", {"reply_to": b"\xed\xa0\x80"}),
        ("sample.echo", {"headers": {"nameko.auth_token": "\ud800".encode("utf-8", "surrogatepass")}}),
        ("sample.echo", {"message_id": b"\xff"}),
    ],
    ids=str,
)
def test_bytes_that_are_no_text_do_no_harm(bare: Wire, routing_key: Any, properties: dict[str, Any]):
    bare.publish(routing_key, kwargs(text="x"), **properties)


class Raw(pika.BasicProperties):
    """Properties whose bytes pika would never write: a table of headers that holds `table`."""

    def __init__(self, table: bytes) -> None:
        super().__init__()
        self._table = table

    def encode(self) -> list[bytes]:
        return [struct.pack(">HI", self.FLAG_HEADERS, len(self._table)), self._table]


def nested(depth: int) -> bytes:
    table = b""
    for _ in range(depth):
        table = b"\x01aF" + struct.pack(">I", len(table)) + table
    return table


@pytest.mark.parametrize(
    "table",
    [b"\x01aT" + b"\xff" * 8, nested(5_000)],
    ids=["a time beyond all calendars", "tables within tables"],
)
def test_headers_that_can_not_be_read_are_parked(bare: Wire, table: bytes):
    bare.channel.queue_purge(PARKED)
    bare.channel.basic_publish("nameko-rpc", "sample.echo", b"unreadable", Raw(table))
    assert wait_until(lambda: bare.take(PARKED), what="the message is parked")[1] == b"unreadable"
