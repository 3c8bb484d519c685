"""A subscription's handler has its effect once for each event, and no event is ever lost."""

import time
from pathlib import Path
from uuid import uuid4

import pytest

from shared.messaging.failures import ATTEMPT, ERROR
from tests.integration.messaging.given import publish, registered
from tests.integration.messaging.reactions import (
    DEAD,
    QUEUE,
    effects,
    events,
    handled,
    parked,
    reactions,
    rows,
)
from tests.support.sample_services import RETRY_AFTER_S
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire


def test_own_rows_events_and_the_mark_of_the_event_are_committed_together(
    samples: Samples, bare: Wire, name: str
):
    event = registered(samples.engine, name)
    publish(bare, event)
    wait_until(lambda: effects(samples, name, event) == (1, 1, 1), what="all is there")


def test_its_events_tell_what_they_come_from(samples: Samples, bare: Wire, name: str):
    event = registered(samples.engine, name)
    publish(bare, event)
    wait_until(lambda: events(samples, name), what="it has reacted")
    [recorded] = reactions(samples, name)
    assert str(recorded.causation_id) == event.message_id
    assert str(recorded.correlation_id) == event.headers["cloudEvents:correlationid"]
    assert recorded.actor == {"kind": "service", "id": "sample"}


def test_an_event_that_is_delivered_often_has_its_effect_once(samples: Samples, bare: Wire, name: str):
    event, last = registered(samples.engine, name), registered(samples.engine, f"{name}, the last")
    for _ in range(5):
        publish(bare, event)
    publish(bare, last)
    wait_until(lambda: handled(samples, last), what="all deliveries have been handled")
    assert effects(samples, name, event) == (1, 1, 1)


def test_a_failing_event_is_tried_again_with_growing_delay_and_then_parked(
    samples: Samples, bare: Wire, tmp_path: Path
):
    bare.channel.queue_purge(DEAD)
    mark = tmp_path / "mark"
    name = f"fail {uuid4()}"
    event = registered(samples.engine, name, number=str(mark))
    before = time.monotonic()
    publish(bare, event)
    headers, body = parked(bare, event)
    assert time.monotonic() - before >= sum(RETRY_AFTER_S)
    assert len(Path(f"{mark}.failed").read_text().split()) == 1 + len(RETRY_AFTER_S)
    assert effects(samples, name, event) == (0, 0, 0)
    assert (body, headers[ATTEMPT]) == (event.body, 1 + len(RETRY_AFTER_S))
    assert str(headers[ERROR]).startswith("RuntimeError at sample_services.py:")
    assert headers["cloudEvents:id"] == event.message_id


def test_one_failing_event_does_not_hold_up_the_others(
    samples: Samples, bare: Wire, name: str, tmp_path: Path
):
    bare.channel.queue_purge(DEAD)
    failing = registered(samples.engine, f"fail {uuid4()}", number=str(tmp_path / "mark"))
    publish(bare, failing)
    publish(bare, registered(samples.engine, name))
    wait_until(lambda: rows(samples, name), what="the next event is handled")
    parked(bare, failing)


def test_a_parked_event_can_be_sent_back_when_its_cause_is_mended(samples: Samples, bare: Wire, name: str):
    """With the headers that it was parked with, as an operator's tool does."""
    event = registered(samples.engine, name)
    event.headers.update({ATTEMPT: 3, ERROR: "RuntimeError at service.py:1"})
    publish(bare, event, queue=QUEUE)
    wait_until(lambda: effects(samples, name, event) == (1, 1, 1), what="it is handled")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"not JSON", None),
        (b"[]", None),
        (b"\xff\xfe", None),
        (None, {}),
        (None, {"cloudEvents:specversion": "1.0"}),
        (None, {"cloudEvents:type": "provider_registered"}),
        (None, {"cloudEvents:type": "no_such_type"}),
        (None, {"cloudEvents:schemaversion": "new"}),
        (None, {"cloudEvents:id": "no uuid"}),
        (None, {"cloudEvents:position": "x"}),
    ],
    ids=str,
)
def test_a_message_that_is_no_event_is_parked_at_once_as_it_came(
    samples: Samples, bare: Wire, body: bytes | None, headers: dict[str, object] | None
):
    bare.channel.queue_purge(DEAD)
    event = registered(samples.engine, "x")
    sent = {} if headers == {} else event.headers | (headers or {})
    if headers == {"cloudEvents:specversion": "1.0"}:
        sent = headers
    bare.publish(event.type, body or event.body, exchange=event.exchange, headers=sent)
    kept, raw = parked(bare, event)
    assert raw == (body or event.body)
    assert kept[ERROR]
    assert kept.get(ATTEMPT) is None


def test_a_header_of_attempts_that_makes_no_sense_counts_as_none(
    samples: Samples, bare: Wire, tmp_path: Path
):
    bare.channel.queue_purge(DEAD)
    event = registered(samples.engine, f"fail {uuid4()}", number=str(tmp_path / "mark"))
    event.headers[ATTEMPT] = "often"
    publish(bare, event)
    assert parked(bare, event)[0][ATTEMPT] == 1 + len(RETRY_AFTER_S)
