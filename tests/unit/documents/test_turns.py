"""Pictures are drawn one at a time, and each company waits for one turn at most."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from uuid import uuid4

import pytest

from services.documents.drawing import Turns
from shared.contracts.errors import Unavailable
from shared.files.location import Owner


def company() -> Owner:
    return Owner(uuid4(), uuid4())


def draw(turns: Turns, owner: Owner) -> str:
    with turns.one(owner):
        return "drawn"


def test_one_has_the_turn_at_a_time_and_who_has_waited_for_it_in_vain_is_told_to_come_again():
    turns, patient = Turns(waiting=1, patience=0.01), company()
    with turns.one(company()), pytest.raises(Unavailable):
        draw(turns, patient)
    assert draw(turns, patient) == "drawn"


def test_a_companys_second_picture_is_told_at_once_and_leaves_the_wait_to_others():
    turns, busy = Turns(waiting=1, patience=60), company()
    with ExitStack() as drawing, ThreadPoolExecutor(1) as others:
        drawing.enter_context(turns.one(busy))
        for _ in range(5):
            with pytest.raises(Unavailable):
                draw(turns, busy)
        waiting = others.submit(draw, turns, company())
        drawing.close()
        assert waiting.result(30) == "drawn"


def test_a_company_has_its_next_turn_after_one_that_failed():
    turns, owner = Turns(waiting=0), company()
    with pytest.raises(ZeroDivisionError), turns.one(owner):
        _ = 1 / 0
    assert draw(turns, owner) == "drawn"
