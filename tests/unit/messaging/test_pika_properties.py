"""Our own encoding of a message's properties is byte for byte what pika's would mean."""

from dataclasses import replace

import pika
import pytest

from shared.contracts.position import Position
from shared.messaging.cloudevents import OutgoingMessage
from shared.messaging.pika_properties import EncodedProperties

MESSAGE = OutgoingMessage(
    exchange="requests.events",
    routing_key="request_submitted",
    body=b"{}",
    headers={"cloudEvents:id": "1", "cloudEvents:commandid": "Ö" * 300, "cloudEvents:streamversion": 7},
    message_id="01a20ace-f2d1-77ce-818e-5dafe33de573",
    timestamp=1_795_477_664,
    type="request_submitted",
    at=Position(0, 1),
)


def test_pika_reads_back_what_was_encoded() -> None:
    decoded = pika.BasicProperties().decode(b"".join(EncodedProperties(MESSAGE).encode()))
    assert decoded == pika.BasicProperties(
        content_type="application/json",
        content_encoding="utf-8",
        headers=MESSAGE.headers,
        delivery_mode=2,
        message_id=MESSAGE.message_id,
        timestamp=MESSAGE.timestamp,
        type=MESSAGE.type,
    )


def test_a_header_that_is_neither_text_nor_number_is_refused() -> None:
    with pytest.raises(TypeError, match="cloudEvents:id"):
        EncodedProperties(replace(MESSAGE, headers={"cloudEvents:id": b"1"})).encode()
