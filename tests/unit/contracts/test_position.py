"""A position is an opaque token outside and a pair of numbers inside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.position import Position


@given(st.integers(0, 9_999), st.integers(0, 10**18 - 1))
def test_a_token_read_back_is_the_same_position(partition, position):
    assert Position.parse(str(Position(partition, position))) == Position(partition, position)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "3",
        ":",
        "3:",
        ":7",
        "3:7:1",
        "-1:7",
        "3:-7",
        " 3:7",
        "3:7 ",
        "3:7\n",
        "a:b",
        "٣:٧",
        "3:" + "9" * 19,
    ],
)
def test_anything_that_is_not_two_plain_numbers_is_no_token(token):
    with pytest.raises(ValueError, match="not a position token"):
        Position.parse(token)


def test_positions_of_a_partition_are_ordered_by_number_and_not_by_text():
    assert Position.parse("1:9") < Position.parse("1:10")
