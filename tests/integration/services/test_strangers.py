"""What is somebody else's does not exist: not in details, not in lists, not in how a refusal reads."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine

from shared.contracts.values import CallerKind
from shared.messaging.rpc import CUSTOMER, STAFF, Query
from tests.integration.services.belongings import Belongings, amounts, belongings
from tests.integration.services.methods import arguments, id_fields, methods, outcome
from tests.support.stack import Stack

METHODS = {name: method for name, method in methods().items() if {CUSTOMER, STAFF} & set(method.allow)}
IDS = [(target, field) for target in sorted(METHODS) for field in id_fields(METHODS[target].arguments)]
LISTS = sorted(
    name
    for name, method in METHODS.items()
    if isinstance(method, Query) and set(id_fields(method.arguments)) <= {"site_id"}
)
# Where the id is one of several values that a form asks for, or narrows a list, the answer is another one.
OTHER_ANSWERS = {
    ("requests.submit", "site_id"): "ValidationFailed",
    ("requests.submit", "equipment_id"): "ValidationFailed",
    ("portal_read.equipment", "site_id"): "answered",
    ("portal_read.sites", "site_id"): "answered",
}
FRESHNESS = {"position", "age_seconds", "stale", "reached"}


@pytest.fixture(scope="module")
def strangers(portal: Stack, owner: Belongings) -> list[tuple[CallerKind, str, Belongings]]:
    """A customer of another company, and customer and staff of another provider."""
    neighbour = belongings(portal, owner.staff)
    elsewhere = belongings(portal, portal.provider("Maier Kältetechnik"))
    return [
        (CUSTOMER, neighbour.customer.token, neighbour),
        (CUSTOMER, elsewhere.customer.token, elsewhere),
        (STAFF, elsewhere.staff, elsewhere),
    ]


def said(result: tuple) -> tuple:
    """An outcome without what tells how fresh it is."""
    if result[0] == "answered" and isinstance(result[1], dict):
        return ("answered", {name: value for name, value in result[1].items() if name not in FRESHNESS})
    return result


@pytest.mark.parametrize(("target", "field"), IDS)
def test_an_id_of_somebody_else_is_answered_as_one_that_does_not_exist(
    portal: Stack, portal_database: Engine, owner: Belongings, strangers, target: str, field: str
):
    before = amounts(portal_database, owner.ids["provider_id"])
    callers = [each for each in strangers if each[0] in METHODS[target].allow]
    assert callers
    for _, token, own in callers:
        good = arguments(METHODS[target].arguments, own.ids)
        foreign = said(outcome(portal, target, token, good | {field: owner.ids[field]}))
        unknown = said(outcome(portal, target, token, good | {field: str(uuid4())}))
        assert foreign == unknown
        assert foreign[0] == OTHER_ANSWERS.get((target, field), "NotFound")
    assert amounts(portal_database, owner.ids["provider_id"]) == before


@pytest.mark.parametrize("target", LISTS)
def test_lists_and_counts_hold_nothing_of_strangers(portal: Stack, owner: Belongings, strangers, target: str):
    private = {owner.ids[name] for name in owner.ids.keys() - {"provider_id"}}
    for kind, token, own in strangers:
        if kind in METHODS[target].allow:
            values = arguments(METHODS[target].arguments, own.ids)
            answer = str(portal.call(target, token, **values))
            assert not [each for each in private if each in answer]


def test_the_owner_finds_all_of_it(portal: Stack, owner: Belongings):
    seen = "".join(
        str(portal.call(f"portal_read.{name}", owner.customer.token, at_least=owner.position))
        for name in ("dashboard", "equipment", "documents", "requests", "settings")
    )
    of_customer = ("company_id", "contact_id", "site_id", "equipment_id", "request_id", "appointment_id")
    assert all(owner.ids[name] in seen for name in of_customer)
    orders = str(portal.call("orders.orders", owner.staff)) + str(
        portal.call("customers.companies", owner.staff)
    )
    assert all(owner.ids[name] in orders for name in ("order_id", "company_id"))


def test_counts_are_of_the_callers_own(portal: Stack, strangers):
    for kind, token, own in strangers:
        if kind is CUSTOMER:
            dashboard = portal.call("portal_read.dashboard", token, at_least=own.position)
            assert dashboard["counts"] == {
                "sites": 1,
                "equipment": 1,
                "open_requests": 2,
                "upcoming_appointments": 1,
                "open_offers": 0,
            }


def test_a_position_of_another_providers_events_can_not_be_waited_for(portal: Stack, owner: Belongings):
    partition = int(owner.position.split(":")[0])
    elsewhere = f"{(partition + 1) % 8}:1"
    assert outcome(portal, "portal_read.dashboard", owner.customer.token, {"at_least": elsewhere})[0] == (
        "ValidationFailed"
    )
