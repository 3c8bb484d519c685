"""The worked example of docs/upgrading.md: an event whose newer version has a field less."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import orjson
import pytest

from shared.contracts.codec import to_plain
from shared.contracts.declare import EVENTS, Event, Payload, event, upcast
from shared.contracts.requests import RequestAccepted
from shared.eventlog.recorded import Recorded
from shared.messaging.cloudevents import outgoing
from tests.unit.contracts.declarations import recorded
from tests.unit.contracts.test_recorded import lost

NOTE = "Schlüssel bei Frau Öztürk"
ACCEPTED = RequestAccepted(
    request_id=uuid4(), contact_id=uuid4(), site_id=uuid4(), title="Kalt", description="", note=NOTE
)


@pytest.fixture
def old() -> Recorded:
    """An event as the release before recorded it."""
    return recorded("request_accepted", to_plain(ACCEPTED), schema_version=1)


@pytest.fixture
def newer() -> Iterator[type[Event]]:
    """The next release: the field is gone."""
    before = EVENTS.pop("request_accepted")

    @event("request_accepted", version=2)
    class WithoutNote(Event):
        __module__ = before.__module__

        request_id: UUID
        contact_id: UUID
        site_id: UUID
        title: str
        description: str
        equipment_id: UUID | None = None

    @upcast("request_accepted", version=1)
    def _without_note(payload: Payload) -> Payload:
        return {name: value for name, value in payload.items() if name != "note"}

    yield WithoutNote
    EVENTS["request_accepted"] = before


def test_what_was_recorded_with_the_field_is_read_and_published_without_it(newer: type[Event], old: Recorded):
    assert isinstance(old.event, newer)
    message = outgoing(old)
    assert "note" not in orjson.loads(message.body)
    assert message.headers["cloudEvents:schemaversion"] == 2


def test_the_log_keeps_what_was_recorded(newer: type[Event], old: Recorded):
    assert old.event is not None
    assert (old.payload["note"], old.schema_version) == (NOTE, 1)


def test_the_release_before_reads_the_newer_version_as_if_nothing_had_been_said_there(old: Recorded):
    without = {name: value for name, value in old.payload.items() if name != "note"}
    written_by_the_newer = replace(old, schema_version=2, payload=without)
    assert written_by_the_newer.event == replace(ACCEPTED, note=None)
    assert outgoing(written_by_the_newer).headers["cloudEvents:schemaversion"] == 2


def test_a_field_that_is_gone_is_missed_unless_it_is_declared_as_dropped_since(
    newer: type[Event], old: Recorded
):
    assert newer.schema_version == 2
    assert lost("request_accepted", 1, old.payload) == {"note"}
    assert lost("request_accepted", 1, old.payload, {("request_accepted", 2): {"note"}}) == set()
    assert lost("request_accepted", 1, old.payload, {("request_accepted", 1): {"note"}}) == {"note"}
