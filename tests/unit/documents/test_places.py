"""Only so much is done with files at once."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack

import pytest

from services.documents.places import Places, share_of
from shared.contracts.errors import Unavailable


def test_who_finds_no_place_is_told_to_come_again_and_a_place_is_free_after_its_use():
    places = Places(2, waiting=0, patience=0.01)
    with ExitStack() as taken:
        taken.enter_context(places.one())
        taken.enter_context(places.one())
        with pytest.raises(Unavailable), places.one():
            pass
    with pytest.raises(ZeroDivisionError), places.one():
        _ = 1 / 0
    with places.one(), places.one():
        pass


def test_only_so_many_wait_for_a_place_and_the_next_is_told_at_once():
    places = Places(2, waiting=1, patience=60)
    with ExitStack() as taken, ThreadPoolExecutor(2) as others:
        for _ in range(2):
            taken.enter_context(places.one())
        done, waiting = wait([others.submit(_work, places) for _ in range(2)], 30, FIRST_COMPLETED)
        assert [type(each.exception()) for each in done] == [Unavailable]
        taken.close()
        assert [each.result(30) for each in waiting] == ["worked"]


@pytest.mark.parametrize("workers", [4, 10, 12, 20, 200])
def test_looking_and_drawing_leave_a_quarter_of_the_workers_to_others(workers: int):
    looking = drawing = share_of(workers)
    assert looking + looking // 2 + drawing <= workers * 3 / 4


def _work(places: Places) -> str:
    with places.one():
        return "worked"
