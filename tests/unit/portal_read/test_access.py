"""Spans of several conditions: a moment lies in what they have in common when it lies in one of each."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.portal_read.access import Lasting, common
from shared.contracts.portal_read import AccessCause, AccessSpan
from shared.contracts.position import Position

LAST = 40
WHEN = datetime(2026, 3, 1, tzinfo=UTC)
moments = st.lists(st.integers(1, LAST), unique=True, max_size=8).map(sorted)


def cause(position: int) -> AccessCause:
    return AccessCause(
        type=f"at {position}", event_id=UUID(int=position), at=WHEN, position=Position(0, position)
    )


def lasting(changes: list[int]) -> list[AccessSpan]:
    """Begins with the first of the changes, ends with the second, begins with the third …"""
    found = Lasting()
    for number, position in enumerate(changes):
        (found.begin if number % 2 == 0 else found.end)(cause(position))
    return found.spans


def lasts(spans: list[AccessSpan], position: int) -> bool:
    return any(
        span.since.position.position <= position
        and (span.until is None or position < span.until.position.position)
        for span in spans
    )


@given(moments, moments)
def test_what_two_have_in_common_lasts_just_while_both_do(one: list[int], other: list[int]):
    ours, theirs = lasting(one), lasting(other)
    both = common(ours, theirs)
    for position in range(LAST + 2):
        assert lasts(both, position) == (lasts(ours, position) and lasts(theirs, position))


@given(moments, moments)
def test_it_begins_and_ends_with_events_of_theirs(one: list[int], other: list[int]):
    known = {cause(position).event_id for position in {*one, *other}}
    for span in common(lasting(one), lasting(other)):
        assert span.since.event_id in known
        assert span.until is None or span.until.event_id in known


@given(moments)
def test_what_begins_twice_goes_on_and_what_ends_twice_has_ended_the_first_time(changes: list[int]):
    found = Lasting()
    for number, position in enumerate(changes):
        for at in (position, position + LAST):
            (found.begin if number % 2 == 0 else found.end)(cause(at))
    assert found.spans == lasting(changes)
