"""Every declared class has an example that fits its own declaration."""

import pytest

from portalctl.methods import Method, methods
from shared.contracts.declare import Event
from shared.contracts.examples import example
from shared.contracts.schema import load
from tests.unit.contracts.declarations import ALL_EVENTS


@pytest.mark.parametrize("event", ALL_EVENTS, ids=lambda event: event.type)
def test_an_events_example_could_be_appended(event: type[Event]):
    load(event, example(event))


@pytest.mark.parametrize("method", methods(), ids=lambda method: method.target)
def test_the_example_of_a_methods_arguments_could_be_called_with(method: Method):
    load(method.arguments, example(method.arguments))
