"""What a service makes of the deadline and the trace that a call names."""

import time
from typing import Any
from uuid import UUID

import pytest
from kombu.message import Message

from shared.messaging.call import CORRELATION_ID, DEADLINE, TRACEPARENT, Call, parse

TIMEOUT_S, LONGEST_S = 10.0, 60.0
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


def deadline_of(header: Any) -> float:
    """The deadline of a call whose message names `header`, in Unix seconds."""
    return call_with({DEADLINE: header}).deadline


def call_with(headers: dict[str, Any]) -> Call:
    message = Message(
        body=b'{"args": [], "kwargs": {}}',
        headers=headers,
        delivery_info={"routing_key": "requests.submit"},
    )
    return parse(message, timeout=TIMEOUT_S, longest=LONGEST_S)


def granted(header: Any) -> tuple[float, float]:
    """How many seconds such a call gets: at least, and at most."""
    before = time.time()
    deadline = deadline_of(header)
    return deadline - time.time(), deadline - before


@pytest.mark.parametrize("seconds", [-1e9, -5, 1, 30.5, 59])
def test_a_deadline_that_is_near_or_past_counts_as_it_is(seconds: float):
    deadline = time.time() + seconds
    assert deadline_of(deadline) == deadline


@pytest.mark.parametrize("deadline", [4e9, 1e300, 10**300, 2**63 - 1])
def test_nobody_gets_longer_than_the_longest_call_may_take(deadline: float):
    least, most = granted(deadline)
    assert least <= LONGEST_S <= most


@pytest.mark.parametrize("deadline", [0, -1, -1e300])
def test_a_deadline_before_all_time_has_passed(deadline: float):
    assert deadline_of(deadline) == deadline


@pytest.mark.parametrize("deadline", [None, "soon", True, float("nan"), float("inf"), [1], {}])
def test_a_deadline_that_makes_no_sense_counts_as_none(deadline: Any):
    least, most = granted(deadline)
    assert least <= TIMEOUT_S <= most


def test_a_caller_that_has_a_trace_and_no_correlation_id_has_its_trace_continued():
    call = call_with({TRACEPARENT: PARENT})
    assert (call.correlation_id, call.parent) == (UUID(TRACE), int(SPAN, 16))


def test_a_correlation_id_wins_over_another_trace():
    call = call_with({TRACEPARENT: PARENT, CORRELATION_ID: str(UUID(int=7))})
    assert (call.correlation_id, call.parent) == (UUID(int=7), None)


@pytest.mark.parametrize("header", ["", "00-nonsense", 7, None, f"00-{TRACE}-{'0' * 16}-01"])
def test_a_trace_that_makes_no_sense_is_ignored(header: Any):
    call = call_with({TRACEPARENT: header})
    assert call.correlation_id != UUID(TRACE)
    assert call.parent is None
