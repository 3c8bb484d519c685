"""A declared class turned into JSON values and back is the same."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.codec import from_plain, to_plain
from shared.contracts.declare import message
from shared.contracts.orders import AppointmentCancelled, OrderStatus
from shared.contracts.portal_read import AtLeast
from shared.contracts.position import Position
from shared.contracts.requests import RequestSubmitted
from shared.contracts.schema import load
from shared.contracts.values import Money
from tests.unit.contracts.declarations import ALL_EVENTS, instances

ID = UUID("0195a1b2-0000-7000-8000-000000000001")


@message
class Moment:
    at: datetime


@pytest.mark.parametrize("declared", ALL_EVENTS)
@settings(max_examples=30)
@given(data=st.data())
def test_an_event_survives_the_way_through_json_and_its_schema_accepts_it(declared, data):
    event = data.draw(instances(declared))
    plain = orjson.loads(orjson.dumps(to_plain(event)))
    assert from_plain(declared, plain) == event
    load(declared, plain)


def test_ids_money_and_choices_become_texts():
    cancelled = AppointmentCancelled(
        appointment_id=ID, order_id=ID, order_status=OrderStatus.CREATED, reason="Heizöl 🛢"
    )
    assert to_plain(cancelled) == {
        "appointment_id": str(ID),
        "order_id": str(ID),
        "order_status": "created",
        "reason": "Heizöl 🛢",
    }
    assert to_plain(Money(amount=Decimal("10.50"))) == {"amount": "10.50", "currency": "EUR"}


def test_a_choice_becomes_a_plain_text():
    assert type(to_plain(OrderStatus.CREATED)) is str


def test_times_are_written_in_utc():
    berlin = timezone(timedelta(hours=2))
    assert to_plain(datetime(2025, 6, 1, 12, 30, tzinfo=berlin)) == "2025-06-01T10:30:00+00:00"


def test_a_time_without_a_zone_has_no_json_form():
    with pytest.raises(ValueError, match="time zone"):
        to_plain(datetime(2025, 6, 1, 12, 30))


def test_a_position_survives_the_way_through_json():
    plain = to_plain(AtLeast(at_least=Position(3, 1042)))
    assert plain == {"at_least": "3:1042"}
    assert from_plain(AtLeast, plain) == AtLeast(at_least=Position(3, 1042))


def test_a_value_that_json_can_not_hold_is_refused():
    with pytest.raises(TypeError, match="complex has no JSON form"):
        to_plain({"value": 1j})


def test_a_field_that_an_older_writer_did_not_know_takes_its_default():
    plain = {
        "request_id": str(ID),
        "number": "A-17",
        "contact_id": str(ID),
        "site_id": str(ID),
        "title": "Heizung kalt",
        "description": "",
    }
    submitted = from_plain(RequestSubmitted, plain)
    assert (submitted.equipment_id, submitted.attachment_ids) == (None, [])


def test_defaults_that_are_lists_are_not_shared_between_events():
    plain = {
        name: str(ID) for name in ("request_id", "number", "contact_id", "site_id", "title", "description")
    }
    assert from_plain(RequestSubmitted, plain).attachment_ids is not (
        from_plain(RequestSubmitted, plain).attachment_ids
    )


def test_a_time_read_back_knows_its_zone():
    read = from_plain(Moment, to_plain(Moment(at=datetime(2025, 6, 1, tzinfo=UTC))))
    assert read.at.utcoffset() == timedelta(0)
