"""A request gets one answer, whoever gives one, and however many do at the same moment."""

from functools import partial

import pytest

from shared.contracts.errors import Conflict, InvalidTransition
from tests.integration.services.answering import ANSWERS, answer, at_once
from tests.integration.services.belongings import submit
from tests.support.scene import Customer
from tests.support.stack import Stack


@pytest.mark.parametrize(
    "verbs", [("accept", "accept"), ("accept", "decline"), ("accept", "withdraw", "decline")]
)
def test_of_several_answers_at_once_exactly_one_counts(portal: Stack, staff: str, customer: Customer, verbs):
    for _ in range(4):
        request_id = submit(portal, customer)
        results = at_once([partial(answer, portal, staff, customer, request_id, verb) for verb in verbs])
        won = [verb for verb, result in zip(verbs, results, strict=True) if isinstance(result, dict)]
        refusals = [result for result in results if not isinstance(result, dict)]
        assert len(won) == 1
        assert all(isinstance(each, InvalidTransition | Conflict) for each in refusals)
        seen = portal.call("requests.request", staff, request_id=request_id)
        assert seen["status"] == ANSWERS[won[0]]


@pytest.mark.parametrize("first", ANSWERS)
def test_an_answered_request_is_not_answered_again(portal: Stack, staff: str, customer: Customer, first: str):
    request_id = submit(portal, customer)
    answer(portal, staff, customer, request_id, first)
    for verb in ANSWERS:
        with pytest.raises(InvalidTransition) as refused:
            answer(portal, staff, customer, request_id, verb)
        assert refused.value.details == {"status": ANSWERS[first]}
