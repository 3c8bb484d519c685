"""Customers can look at their view as it was, and that changes nothing for anybody."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from services.portal_read.past import PastView
from shared.contracts.errors import Unavailable, ValidationFailed
from shared.database.engine import connect
from tests.integration.projections.workers import held_up, is_held_up, value
from tests.integration.services.belongings import Belongings, at_head, belongings, read, submit
from tests.support.scene import Customer
from tests.support.stack import Stack
from tests.support.waiting import wait_until


def moment(database: Engine, position: str) -> datetime:
    """When the event at a position was recorded."""
    partition, number = position.split(":")
    statement = text("SELECT recorded_at FROM eventlog.events WHERE partition = :p AND position = :n")
    with database.connect() as connection:
        at: datetime = connection.execute(statement, {"p": int(partition), "n": int(number)}).scalar_one()
    return at


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    """What an answer shows, without what it says of its freshness."""
    return {name: answer[name] for name in ("company", "sites", "requests", "appointments", "counts")}


def test_the_view_of_a_moment_is_what_was_to_be_seen_then(portal: Stack, portal_database: Engine):
    owner = belongings(portal, portal.provider())
    then = read(portal, owner.customer, at_least=owner.position)
    documents = read(portal, owner.customer, "documents")["items"]
    as_of = moment(portal_database, owner.position).isoformat()
    submit(portal, owner.customer, title="Erst danach")
    portal.call("requests.withdraw", owner.customer.token, request_id=owner.ids["request_id"])
    later = read(portal, owner.customer, at_least=at_head(portal, owner.staff))
    past = read(portal, owner.customer, as_of=as_of)
    assert shown(past) == shown(then) != shown(later)
    requests = read(portal, owner.customer, "requests", as_of=as_of)["items"]
    assert {each["status"] for each in requests} == {"submitted", "scheduled"}
    assert read(portal, owner.customer, "documents", as_of=as_of)["items"] == documents


def test_before_anything_had_happened_there_was_nothing_to_be_seen(portal: Stack, owner: Belongings):
    past = read(portal, owner.customer, as_of="2020-01-01T00:00:00+01:00")
    assert (past["company"], past["sites"], past["requests"]) == (None, [], [])


def test_looking_back_leaves_no_rows_behind(portal: Stack, portal_database: Engine, owner: Belongings):
    as_of = datetime.now(UTC).isoformat()
    for _ in range(3):
        read(portal, owner.customer, as_of=as_of)
    with portal_database.connect() as connection:
        trial = text("SELECT count(*) FROM portal_read.sites WHERE owner_id = :owner AND generation <= 0")
        assert connection.execute(trial, {"owner": owner.ids["company_id"]}).scalar_one() == 0


def test_who_looks_back_waits_for_no_other_of_the_same_provider(portal: Stack, staff: str):
    first, second = portal.customer(staff), portal.customer(staff)
    provider_id = portal.call("customers.provider", staff)["provider_id"]
    as_of = datetime.now(UTC)
    engine = connect(portal.database_url, name="looks back", keys=portal.keys)
    with engine.connect() as connection:
        ids = {"provider_id": UUID(provider_id), "company_id": UUID(first.company_id)}
        PastView(connection, as_of=as_of, **ids)
        assert read(portal, second, as_of=as_of.isoformat())["company"]
    engine.dispose()


def test_a_look_back_that_the_database_breaks_off_is_unavailable(
    portal: Stack, portal_database: Engine, staff: str, customer: Customer
):
    read(portal, customer, at_least=at_head(portal, staff))
    as_of = datetime.now(UTC).isoformat()
    with ThreadPoolExecutor(1) as thread, held_up(portal_database):
        looking = thread.submit(read, portal, customer, as_of=as_of)
        pid = wait_until(lambda: is_held_up(portal_database), what="it writes what was to be seen")
        value(portal_database, "SELECT pg_cancel_backend(:pid)", pid=pid)
        with pytest.raises(Unavailable):
            looking.result()


@pytest.mark.parametrize("query", ["dashboard", "requests", "documents"])
def test_the_future_is_refused(portal: Stack, owner: Belongings, query: str):
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    with pytest.raises(ValidationFailed) as refused:
        read(portal, owner.customer, query, as_of=tomorrow)
    assert refused.value.fields.keys() == {"as_of"}
