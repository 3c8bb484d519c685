"""Sites and equipment are changed and removed, but no site is while work is open there."""

from functools import partial

import pytest

from shared.contracts.errors import InvalidTransition, NotFound, ValidationFailed
from tests.integration.services.answering import answer, at_once
from tests.integration.services.belongings import REQUEST, order_of, read, submit
from tests.support.scene import Customer
from tests.support.stack import Stack


def company(portal: Stack, staff: str, customer: Customer):
    return portal.call("customers.company", staff, company_id=customer.company_id)


def remove_site(portal: Stack, staff: str, customer: Customer):
    return portal.call("customers.remove_site", staff, site_id=customer.site_id)


def number_of(portal: Stack, customer: Customer, request_id: str) -> str:
    return str(portal.call("requests.request", customer.token, request_id=request_id)["number"])


def test_a_site_is_changed_in_what_is_given(portal: Stack, staff: str, customer: Customer):
    (before,) = company(portal, staff, customer)["sites"]
    portal.call(
        "customers.update_site", staff, site_id=customer.site_id, name="Lager", latitude=1, longitude=2
    )
    changed = before | {"name": "Lager", "latitude": 1.0, "longitude": 2.0}
    assert company(portal, staff, customer)["sites"] == [changed]
    moved = portal.call(
        "customers.update_site", staff, site_id=customer.site_id, latitude=None, longitude=None
    )
    (seen,) = read(portal, customer, "sites", at_least=moved["position"])["items"]
    assert (seen["name"], seen["latitude"], seen["longitude"]) == ("Lager", None, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"latitude": 1}, "latitude"),
        ({"latitude": 1, "longitude": None}, "latitude"),
        ({"latitude": 1, "longitude": 181}, "longitude"),
        ({"name": None}, "name"),
    ],
)
def test_a_site_stays_somewhere_on_earth(portal: Stack, staff: str, customer: Customer, changes, field: str):
    before = company(portal, staff, customer)
    with pytest.raises(ValidationFailed) as refused:
        portal.call("customers.update_site", staff, site_id=customer.site_id, **changes)
    assert refused.value.fields.keys() == {field}
    assert company(portal, staff, customer) == before


def test_equipment_is_changed_in_what_is_given(portal: Stack, staff: str, customer: Customer):
    (before,) = company(portal, staff, customer)["equipment"]
    changes = {"manufacturer": "Viessmann", "installed_on": "2019-05-02"}
    portal.call("customers.update_equipment", staff, equipment_id=customer.equipment_id, **changes)
    assert company(portal, staff, customer)["equipment"] == [before | changes]


def test_equipment_that_was_removed_is_gone(portal: Stack, staff: str, customer: Customer):
    removed = portal.call("customers.remove_equipment", staff, equipment_id=customer.equipment_id)
    assert company(portal, staff, customer)["equipment"] == []
    assert read(portal, customer, "equipment", at_least=removed["position"])["items"] == []
    for method in ("remove_equipment", "update_equipment"):
        with pytest.raises(NotFound, match="No such equipment"):
            portal.call(f"customers.{method}", staff, equipment_id=customer.equipment_id)


def test_a_site_goes_with_its_equipment_and_nothing_else(portal: Stack, staff: str, customer: Customer):
    place = {"name": "Nord", "address": "Hof 2"}
    other = portal.call("customers.add_site", staff, company_id=customer.company_id, **place)["site_id"]
    portal.call("customers.add_equipment", staff, site_id=customer.site_id, name="Pumpe")
    kept = portal.call("customers.add_equipment", staff, site_id=other, name="Brenner")["equipment_id"]
    removed = remove_site(portal, staff, customer)
    left = company(portal, staff, customer)
    assert [site["site_id"] for site in left["sites"]] == [other]
    assert [each["equipment_id"] for each in left["equipment"]] == [kept]
    dashboard = read(portal, customer, at_least=removed["position"])
    assert (dashboard["counts"]["sites"], dashboard["counts"]["equipment"]) == (1, 1)
    with pytest.raises(NotFound, match="No such site"):
        remove_site(portal, staff, customer)
    with pytest.raises(NotFound, match="No such site"):
        portal.call("customers.add_equipment", staff, site_id=customer.site_id, name="Pumpe")
    with pytest.raises(ValidationFailed):
        submit(portal, customer)


def test_a_site_stays_until_its_requests_are_answered_and_its_orders_completed(
    portal: Stack, staff: str, customer: Customer
):
    withdrawn, declined, accepted = (submit(portal, customer) for _ in range(3))
    numbers = [number_of(portal, customer, each) for each in (withdrawn, declined, accepted)]

    def open_there() -> list[str]:
        with pytest.raises(InvalidTransition, match="open requests") as refused:
            remove_site(portal, staff, customer)
        return list(refused.value.details["requests"])

    assert open_there() == numbers
    answer(portal, staff, customer, withdrawn, "withdraw")
    answer(portal, staff, customer, declined, "decline")
    assert open_there() == numbers[2:]
    answer(portal, staff, customer, accepted, "accept")
    assert open_there() == numbers[2:]
    order_id = order_of(portal, staff, accepted)
    assert open_there() == numbers[2:]
    assert len(company(portal, staff, customer)["sites"]) == 1
    portal.call("orders.complete_order", staff, order_id=order_id)
    remove_site(portal, staff, customer)
    assert company(portal, staff, customer)["sites"] == []


def test_no_request_is_left_at_a_site_that_is_removed_at_the_same_moment(portal: Stack, staff: str):
    customer = portal.customer(staff)
    for _ in range(8):
        place = {"name": "Nord", "address": "Hof 2"}
        site_id = portal.call("customers.add_site", staff, company_id=customer.company_id, **place)["site_id"]
        submitting = partial(portal.call, "requests.submit", customer.token, site_id=site_id, **REQUEST)
        removing = partial(portal.call, "customers.remove_site", staff, site_id=site_id)
        adding = partial(portal.call, "customers.add_equipment", staff, site_id=site_id, name="Pumpe")
        *submitted, removed, added = at_once([submitting, submitting, removing, adding])
        left = company(portal, staff, customer)
        is_there = site_id in [site["site_id"] for site in left["sites"]]
        assert is_there == any(isinstance(result, dict) for result in submitted) != isinstance(removed, dict)
        has_equipment = site_id in [each["site_id"] for each in left["equipment"]]
        assert has_equipment == (is_there and isinstance(added, dict))
