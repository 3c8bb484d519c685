"""The back office has words for every state that a service can answer with."""

import enum
from collections.abc import Mapping

import pytest

from services.gateway.provider.wording import DELIVERY_STATE, MAILS, NOT_SENT, ORDER_STATUS
from shared.contracts.notifications import DeliveryState, MailTemplate, Skipped
from shared.contracts.orders import OrderStatus


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (NOT_SENT, Skipped),
        (DELIVERY_STATE, DeliveryState),
        (MAILS, MailTemplate),
        (ORDER_STATUS, OrderStatus),
    ],
)
def test_each_value_has_its_words(words: Mapping[str, str], values: type[enum.StrEnum]):
    assert words.keys() == set(values)
