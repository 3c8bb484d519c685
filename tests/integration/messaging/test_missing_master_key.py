"""Where a master key is missing, calls are refused and events wait; once it is there, all goes on."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from shared.contracts.errors import Unavailable
from tests.integration.messaging.given import publish, registered
from tests.integration.messaging.reactions import DEAD, effects
from tests.support.machines import Machines
from tests.support.samples import Samples
from tests.support.waiting import wait_until
from tests.support.wire import wire


@pytest.fixture
def database(machines: Machines) -> Iterator[Engine]:
    """As the machine ahead sees it."""
    with machines.engines() as (ahead, _):
        yield ahead


@pytest.fixture
def behind(alone: Samples, machines: Machines) -> Samples:
    """The service on the machine behind."""
    alone.keys = machines.behind
    alone.run("sample")
    return alone


def test_a_call_that_reads_is_refused_as_long_as_it_is_missing(
    behind: Samples, machines: Machines, name: str
):
    company_id = registered(behind.engine, name).headers["cloudEvents:companyid"]
    staff = behind.staff()
    with pytest.raises(Unavailable, match="operators"):
        behind.call("sample.company", staff, company_id=company_id)
    machines.catch_up()
    assert behind.call("sample.company", staff, company_id=company_id)["names"] == [name]


def test_an_event_waits_and_is_never_parked(behind: Samples, machines: Machines, name: str):
    event = registered(behind.engine, name)
    with wire(behind.amqp_uri) as bare:
        publish(bare, event)
        wait_until(lambda: machines.newest.encode() in behind.log("sample"), what="it says why it waits")
        machines.catch_up()
        wait_until(lambda: effects(behind, name, event) == (1, 1, 1), what="it is handled")
        assert bare.depth(DEAD) == 0
