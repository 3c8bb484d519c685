"""Borders with fewer points stay borders of both sides."""

from itertools import pairwise

from deploy.assets.simplifying import simplified

ROUGH = [(1.0, 0.0), (1.05, 0.2), (0.97, 0.5), (1.04, 0.8), (1.0, 1.0)]
WEST = [(0.0, 0.0), *ROUGH, (0.0, 1.0), (0.0, 0.0)]
EAST = [(2.0, 1.0), *reversed(ROUGH), (2.0, 0.0), (2.0, 1.0)]


def test_neighbours_keep_the_same_border() -> None:
    west, east = simplified([WEST, EAST], 0.2)
    assert len(west) < len(WEST)
    lines = [{frozenset(pair) for pair in pairwise(ring)} for ring in (west, east)]
    assert lines[0] & lines[1] == {frozenset({(1.0, 0.0), (1.0, 1.0)})}


def test_what_is_farther_off_than_allowed_stays() -> None:
    assert sorted(set(next(simplified([WEST], 0.0)))) == sorted(set(WEST))


def test_a_ring_is_closed() -> None:
    for ring in simplified([WEST, EAST, [(5.0, 5.0), (6.0, 5.0), (5.5, 6.0), (5.0, 5.0)]], 0.01):
        assert ring[0] == ring[-1]
