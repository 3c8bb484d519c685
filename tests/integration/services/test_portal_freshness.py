"""Customers read their own writes, and are told when what they read is older than that."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text

from shared.config import Config
from shared.contracts.errors import ValidationFailed
from tests.integration.services.belongings import Belongings, read
from tests.support.holding import standing_still
from tests.support.scene import Customer
from tests.support.stack import Stack
from tests.support.waiting import wait_until

_MISFIT = """
    WITH appended AS (
        UPDATE eventlog.partitions SET head = head + 1 WHERE partition = :partition RETURNING head
    )
    INSERT INTO eventlog.events
    SELECT :partition, head, gen_random_uuid(), 'site', gen_random_uuid(), 1, 'site_added', 1, :provider,
           :company, CAST(:payload AS jsonb), gen_random_uuid(), gen_random_uuid(), '{}', NULL, now()
      FROM appended RETURNING position
"""


def do_something(portal: Stack, customer: Customer) -> str:
    """The position of something that the customer has just done."""
    request = portal.call(
        "requests.submit",
        customer.token,
        site_id=customer.site_id,
        title="Öltank leer",
        description="Bitte füllen.",
    )
    return str(request["position"])


def test_one_reads_ones_own_writes_every_time(portal: Stack, customer: Customer):
    for count in range(1, 16):
        seen = read(portal, customer, at_least=do_something(portal, customer))
        assert (seen["reached"], seen["counts"]["open_requests"]) == (True, count)


def test_a_position_that_is_not_reached_in_time_is_said_to_be_not_reached(
    portal: Stack, portal_database: Engine, customer: Customer
):
    before = do_something(portal, customer)
    read(portal, customer, at_least=before)
    with standing_still(portal_database, before):
        after = do_something(portal, customer)
        began = time.monotonic()
        seen = portal.client.call(
            "portal_read", "dashboard", auth_token=customer.token, timeout=1.5, at_least=after
        )
        assert time.monotonic() - began < 1.5
    assert (seen["reached"], seen["counts"]["open_requests"], seen["position"]) == (False, 1, before)
    assert read(portal, customer, at_least=after)["counts"]["open_requests"] == 2


def test_a_position_at_which_nothing_is_written_yet_is_refused(portal: Stack, customer: Customer):
    """No command can have given it, and to wait for it would keep a worker for nothing."""
    position = do_something(portal, customer)
    partition, _, number = position.partition(":")
    for ahead in (1_000_000, 10**30):
        with pytest.raises(ValidationFailed) as refused:
            read(portal, customer, at_least=f"{partition}:{int(number) + ahead}")
        assert refused.value.fields.keys() == {"at_least"}


def test_those_who_wait_leave_workers_to_those_who_do_not(
    portal: Stack, portal_database: Engine, customer: Customer
):
    before = do_something(portal, customer)
    read(portal, customer, at_least=before)
    many = 2 * Config.max_workers
    with ThreadPoolExecutor(many) as threads:
        with standing_still(portal_database, before):
            after = do_something(portal, customer)
            waiting = [threads.submit(read, portal, customer, at_least=after) for _ in range(many)]
            assert read(portal, customer)["position"] == before
            assert not any(one.done() for one in waiting)
        assert all(one.result()["reached"] for one in waiting)


@pytest.mark.parametrize("at_least", ["nonsense", "1", "-1:5", "1:-5", 7, ["1:1"]])
def test_what_is_no_position_is_refused(portal: Stack, owner: Belongings, at_least: Any):
    with pytest.raises(ValidationFailed) as refused:
        read(portal, owner.customer, at_least=at_least)
    assert refused.value.fields.keys() == {"at_least"}


def test_a_parked_company_is_served_as_it_was_and_marked_stale(
    portal: Stack, portal_database: Engine, staff: str, customer: Customer
):
    position = do_something(portal, customer)
    neighbour = portal.customer(staff)
    assert not read(portal, customer, at_least=position)["stale"]
    provider = portal.call("customers.provider", staff)["provider_id"]
    partition, payload = int(position.split(":")[0]), json.dumps({"name": "Filiale Nord"})
    owner = {"partition": partition, "provider": provider, "company": customer.company_id}
    with portal_database.begin() as connection:
        misfit = connection.execute(text(_MISFIT), owner | {"payload": payload}).scalar_one()
    wait_until(lambda: read(portal, customer)["stale"], what="the misfit has been met")
    after = do_something(portal, customer)
    assert int(after.split(":")[1]) > misfit
    seen = read(portal, customer, at_least=after)
    assert (seen["reached"], seen["stale"], seen["counts"]["open_requests"]) == (True, True, 1)
    assert seen["age_seconds"] > 0
    assert not read(portal, neighbour, at_least=do_something(portal, neighbour))["stale"]
