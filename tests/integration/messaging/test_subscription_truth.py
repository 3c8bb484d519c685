"""A message only says which event to handle; what happened stands in the log."""

from dataclasses import replace
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from shared.contracts.customers import CompanyUpdated
from shared.messaging.cloudevents import OutgoingMessage
from shared.messaging.failures import ATTEMPT, ERROR
from tests.integration.messaging.given import publish, recorded, registered
from tests.integration.messaging.reactions import DEAD, effects, parked
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import Wire

_CORRELATION = "SELECT correlation_id FROM eventlog.events WHERE causation_id = :event_id"


def saying(event: OutgoingMessage, **attributes: Any) -> OutgoingMessage:
    """The same message with other attributes; those that are None are left out."""
    headers = event.headers | {f"cloudEvents:{name}": value for name, value in attributes.items()}
    return replace(event, headers={name: value for name, value in headers.items() if value is not None})


@pytest.mark.parametrize("attribute", ["id", "providerid", "companyid"])
def test_an_event_that_the_log_does_not_hold_is_parked_and_has_no_effect(
    samples: Samples, bare: Wire, name: str, attribute: str
):
    bare.channel.queue_purge(DEAD)
    event = registered(samples.engine, name)
    made_up = saying(event, **{attribute: str(uuid7())})
    publish(bare, made_up)
    headers, body = parked(bare, event)
    assert (body, headers.get(ATTEMPT)) == (event.body, None)
    assert str(headers[ERROR]).startswith("the log holds ")
    assert effects(samples, name, event) == (0, 0, 0)
    publish(bare, event)
    wait_until(lambda: effects(samples, name, event) == (1, 1, 1), what="the true one is handled")


def test_an_event_of_another_type_can_not_be_passed_off_as_the_one_subscribed_to(
    samples: Samples, bare: Wire, name: str
):
    bare.channel.queue_purge(DEAD)
    company_id = uuid7()
    event = recorded(samples.engine, company_id, CompanyUpdated(company_id=company_id, name=name))
    publish(bare, saying(replace(event, routing_key="company_registered"), type="company_registered"))
    assert str(parked(bare, event)[0][ERROR]).startswith("the log holds this event with another type")
    assert effects(samples, name, event) == (0, 0, 0)


def test_what_the_log_holds_is_handled_whatever_else_the_message_says(
    samples: Samples, bare: Wire, name: str
):
    event = registered(samples.engine, name)
    said = saying(event, schemaversion=99, companyid=None, correlationid=str(uuid7()))
    publish(bare, replace(said, body=b'{"company_id": 5, "name": "another"}'))
    wait_until(lambda: effects(samples, name, event) == (1, 1, 1), what="it is handled")
    (correlation_id,) = samples.query(_CORRELATION, event_id=event.message_id)
    assert str(correlation_id) == event.headers["cloudEvents:correlationid"]
