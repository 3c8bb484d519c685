"""An event's form on the wire: what it carries, and what is refused when it comes back broken."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from shared.contracts.codec import to_plain
from shared.contracts.declare import EVENTS, Event
from shared.contracts.position import Position
from shared.contracts.requests import RequestSubmitted
from shared.eventlog.recorded import Recorded, UnknownEvent
from shared.messaging.cloudevents import PUBLISHING, Malformed, outgoing, received

EVENT = RequestSubmitted(
    request_id=uuid4(),
    number="R-7",
    contact_id=uuid4(),
    site_id=uuid4(),
    title="Heizung kalt",
    description="Frau Huber friert.",
)
RECORDED = Recorded(
    partition=3,
    position=42,
    event_id=uuid4(),
    stream_type="request",
    stream_id=EVENT.request_id,
    version=1,
    type="request_submitted",
    schema_version=1,
    provider_id=uuid4(),
    company_id=uuid4(),
    payload=to_plain(EVENT),
    correlation_id=uuid4(),
    causation_id=uuid4(),
    actor={"kind": "customer"},
    command_id="command-1",
    recorded_at=datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=1))),
)


def test_a_message_goes_to_its_services_exchange_under_its_type() -> None:
    message = outgoing(RECORDED)
    assert (message.exchange, message.routing_key) == ("requests.events", "request_submitted")
    assert message.message_id == str(RECORDED.event_id)
    assert message.timestamp == int(datetime(2026, 3, 1, 11, 30, 15, tzinfo=UTC).timestamp())
    assert message.at == Position(3, 42)


def test_the_body_is_the_payload_as_plain_json() -> None:
    assert orjson.loads(outgoing(RECORDED).body) == to_plain(EVENT)


def test_the_headers_are_cloudevents_in_binary_mode() -> None:
    assert outgoing(RECORDED).headers == {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:id": str(RECORDED.event_id),
        "cloudEvents:source": "/mfr/portal/requests",
        "cloudEvents:type": "request_submitted",
        "cloudEvents:subject": str(RECORDED.stream_id),
        "cloudEvents:time": "2026-03-01T11:30:15.250000+00:00",
        "cloudEvents:position": "3:42",
        "cloudEvents:previousposition": "3:41",
        "cloudEvents:streamtype": "request",
        "cloudEvents:streamversion": 1,
        "cloudEvents:schemaversion": 1,
        "cloudEvents:providerid": str(RECORDED.provider_id),
        "cloudEvents:companyid": str(RECORDED.company_id),
        "cloudEvents:correlationid": str(RECORDED.correlation_id),
        "cloudEvents:causationid": str(RECORDED.causation_id),
        "cloudEvents:commandid": "command-1",
    }


def test_names_of_attributes_are_lowercase_letters_and_digits_as_cloudevents_demands() -> None:
    names = [name.removeprefix("cloudEvents:") for name in outgoing(RECORDED).headers]
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in names)


def test_what_an_event_does_not_have_is_no_header() -> None:
    headers = outgoing(replace(RECORDED, company_id=None, command_id=None)).headers
    assert not {"cloudEvents:companyid", "cloudEvents:commandid"} & set(headers)


def test_an_event_comes_back_as_it_was_sent() -> None:
    message = outgoing(RECORDED)
    arrived = received(message.headers, message.body)
    assert arrived.event == EVENT
    assert arrived.event_id == RECORDED.event_id
    assert arrived.position == RECORDED.at
    assert (arrived.provider_id, arrived.company_id) == (RECORDED.provider_id, RECORDED.company_id)
    assert arrived.correlation_id == RECORDED.correlation_id
    assert arrived.causation_id == RECORDED.causation_id
    assert arrived.recorded_at == RECORDED.recorded_at
    assert arrived.payload == RECORDED.payload


def test_an_event_without_company_comes_back_without_one() -> None:
    message = outgoing(replace(RECORDED, company_id=None))
    assert received(message.headers, message.body).company_id is None


def test_an_event_type_that_is_not_declared_cannot_be_sent() -> None:
    with pytest.raises(UnknownEvent):
        outgoing(replace(RECORDED, type="of_the_future"))


def test_an_event_of_a_newer_version_is_sent_whole_and_says_so() -> None:
    payload = RECORDED.payload | {"of_the_future": 7}
    message = outgoing(replace(RECORDED, schema_version=99, payload=payload))
    assert message.headers["cloudEvents:schemaversion"] == 99
    assert received(message.headers, message.body).payload == payload


@pytest.mark.parametrize(
    "name",
    [
        "specversion",
        "id",
        "type",
        "time",
        "position",
        "schemaversion",
        "providerid",
        "correlationid",
        "causationid",
    ],
)
def test_a_missing_header_is_named(name: str) -> None:
    headers = {key: value for key, value in _headers().items() if key != f"cloudEvents:{name}"}
    with pytest.raises(Malformed, match=f"cloudEvents:{name}"):
        received(headers, outgoing(RECORDED).body)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("id", "no uuid"),
        ("time", "yesterday"),
        ("time", "2026-03-01T11:30:15"),
        ("position", "42"),
        ("schemaversion", "one"),
        ("providerid", "17"),
        ("companyid", ""),
        ("correlationid", b"\xff"),
    ],
)
def test_a_broken_header_is_named(name: str, value: object) -> None:
    with pytest.raises(Malformed, match=f"cloudEvents:{name}"):
        received({**_headers(), f"cloudEvents:{name}": value}, outgoing(RECORDED).body)


@pytest.mark.parametrize("headers", [None, {}, {"nameko.call_id_stack": []}])
def test_a_message_that_is_no_event_at_all_is_refused(headers: Mapping[str, Any] | None) -> None:
    with pytest.raises(Malformed):
        received(headers, b"{}")


@pytest.mark.parametrize("body", [b"", b"Frau Huber", b"\xff\xfe", b"[]", b"null", b'"Frau Huber"'])
def test_a_body_that_is_no_json_object_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(Malformed) as refusal:
        received(_headers(), body)
    assert "Huber" not in str(refusal.value)


@pytest.mark.parametrize("change", [{"request_id": "Frau Huber"}, {"attachment_ids": 7}, {"title": ...}])
def test_a_payload_that_does_not_fit_its_type_is_refused_without_quoting_it(change: dict[str, Any]) -> None:
    payload = {**RECORDED.payload, **change}
    payload = {name: value for name, value in payload.items() if value is not ...}
    arrived = received(_headers(), orjson.dumps(payload))
    with pytest.raises(Malformed) as refusal:
        _ = arrived.event
    assert "Huber" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_type_that_is_not_declared_here_is_refused_when_it_is_opened() -> None:
    arrived = received({**_headers(), "cloudEvents:type": "of_the_future"}, b"{}")
    with pytest.raises(Malformed, match="of_the_future"):
        _ = arrived.event


def test_every_declared_event_has_an_exchange() -> None:
    declared: dict[str, type[Event]] = {
        name: cls for name, cls in EVENTS.items() if cls.__module__.startswith("shared.contracts.")
    }
    for name in declared:
        message = outgoing(replace(RECORDED, type=name, payload={}, provider_id=UUID(int=0)))
        assert message.exchange == f"{declared[name].service}.events"
    assert {cls.service for cls in declared.values()} == {*PUBLISHING}


def _headers() -> dict[str, Any]:
    return outgoing(RECORDED).headers
