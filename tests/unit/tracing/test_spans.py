"""Spans find their place by ids alone, and cost nothing where nobody collects them."""

import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.config import Traces
from shared.tracing import spans
from shared.tracing.recorder import OtlpRecorder, is_recorded
from shared.tracing.spans import EventKey, Kind
from tests.support.spans import Collector, collecting
from tests.support.stack import ROOT

SECRET = "Frau Öztürk"
FLUSH_S = 30
PROCESSES = "shared.messaging.runner, shared.eventlog.relay_main, services.gateway.server"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture
def recorder(collector: Collector) -> Iterator[OtlpRecorder]:
    """One that all spans of this process go to."""
    endpoint = collector.settings["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces"
    recorder = OtlpRecorder(Traces(endpoint), process="tests")
    spans.record_with(recorder)
    yield recorder
    spans.record_with(None)
    recorder.stop(FLUSH_S)


def test_without_a_collector_the_sdk_is_not_even_loaded():
    program = f"import sys, {PROCESSES}; sys.exit('opentelemetry' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


def test_without_a_collector_no_header_is_added():
    with spans.span("anything", Kind.SERVER, trace := uuid4()):
        assert spans.traceparent(trace) is None
    assert spans.event_traceparent(EventKey(uuid4(), "request_submitted", trace)) is None


def test_a_span_in_another_ones_block_is_its_child_if_they_are_of_one_trace(
    recorder: OtlpRecorder, collector: Collector
):
    trace, other = uuid4(), uuid4()
    with spans.span("around", Kind.SERVER, trace):
        with spans.span("within", Kind.CLIENT, trace):
            named = spans.parse(spans.traceparent(trace))
            assert spans.traceparent(other) is None
        with spans.span("of another trace", Kind.CLIENT, other):
            pass
    recorder.stop(FLUSH_S)
    found = {span.name: span for span in collector.spans}
    assert (found["around"].trace_id, found["around"].parent) == (trace, 0)
    assert (found["within"].trace_id, found["within"].parent) == (trace, found["around"].id)
    assert (found["of another trace"].trace_id, found["of another trace"].parent) == (other, 0)
    assert named == (trace, found["within"].id)


def test_what_an_event_leads_to_finds_its_span_by_the_events_id(recorder: OtlpRecorder, collector: Collector):
    event = EventKey(uuid4(), "request_submitted", uuid4())
    spans.passed("publish", Kind.PRODUCER, [event], began=spans.clock())
    spans.appended([event], began=spans.clock())
    recorder.stop(FLUSH_S)
    found = {span.name: span for span in collector.spans}
    assert found["publish request_submitted"].parent == found["append request_submitted"].id
    assert spans.parse(spans.event_traceparent(event)) == (
        event.correlation_id,
        found["append request_submitted"].id,
    )


def test_an_error_is_named_by_its_class_alone(recorder: OtlpRecorder, collector: Collector):
    with pytest.raises(LookupError), spans.span("fails", Kind.SERVER, uuid4()):
        raise LookupError(SECRET)
    recorder.stop(FLUSH_S)
    (span,) = collector.spans
    assert (span.failed, span.attributes) == (True, {"error.type": "LookupError"})
    assert SECRET.encode() not in collector.bytes


def test_a_collector_that_is_away_holds_nobody_up(collector: Collector):
    recorder = OtlpRecorder(Traces("http://127.0.0.1:1/v1/traces"), process="tests")
    with recorder.span("unheard", Kind.SERVER, uuid4(), None, {}):
        pass
    recorder.stop(0.01)


@given(trace=some.uuids(version=4), share=some.floats(0, 1), more=some.floats(0, 1))
def test_whether_a_trace_is_recorded_follows_from_its_id_and_the_share_alone(
    trace: UUID, share: float, more: float
):
    assert is_recorded(trace, 1)
    assert not is_recorded(trace, 0)
    assert is_recorded(trace, max(share, more)) or not is_recorded(trace, share)


@given(some.text() | some.none() | some.integers() | some.binary())
def test_whatever_a_caller_sends_as_traceparent_is_read_or_ignored(header: object):
    assert spans.parse(header) is None


@pytest.mark.parametrize("header", [f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{'a' * 32}-{'0' * 16}-01"])
def test_a_traceparent_of_zeroes_names_nothing(header: str):
    assert spans.parse(header) is None
