"""Only so many files are looked at at once."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack

import pytest

from services.documents.looking import Places
from shared.contracts.errors import Unavailable


def test_who_finds_no_place_is_told_to_come_again_and_a_place_is_free_after_its_use():
    places = Places(2, patience=0.01)
    with ExitStack() as taken:
        taken.enter_context(places.one())
        taken.enter_context(places.one())
        with pytest.raises(Unavailable), places.one():
            pass
    with pytest.raises(ZeroDivisionError), places.one():
        _ = 1 / 0
    with places.one(), places.one():
        pass


def test_half_as_many_as_there_are_places_wait_briefly_for_one_and_the_next_is_told_at_once():
    places = Places(2, patience=60)
    with ExitStack() as taken, ThreadPoolExecutor(2) as others:
        for _ in range(2):
            taken.enter_context(places.one())
        done, waiting = wait([others.submit(_look, places) for _ in range(2)], 30, FIRST_COMPLETED)
        assert [type(each.exception()) for each in done] == [Unavailable]
        taken.close()
        assert [each.result(30) for each in waiting] == ["looked"]


def _look(places: Places) -> str:
    with places.one():
        return "looked"
