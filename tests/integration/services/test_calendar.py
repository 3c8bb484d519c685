"""The provider's calendar: nobody is planned for two places at once, and staff see their own weeks."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from shared.contracts import cursor
from shared.contracts.errors import Conflict, PortalError, ValidationFailed
from tests.integration.services.answering import at_once
from tests.integration.services.belongings import order_of, submit
from tests.support.scene import Customer
from tests.support.stack import Stack

SEPP = "Sepp Brandl"
WEEK = {"since": "2038-01-11T00:00:00+01:00", "until": "2038-01-18T00:00:00+01:00"}


@pytest.fixture
def customer(portal: Stack, staff: str) -> Customer:
    return portal.customer(staff, "Bäckerei Öztürk")


@pytest.fixture
def orders(portal: Stack, staff: str, customer: Customer) -> Iterator[str]:
    """As many orders as one takes, each of a request of its own."""

    def made() -> Iterator[str]:
        while True:
            request_id = submit(portal, customer)
            portal.call("requests.accept", staff, request_id=request_id)
            yield order_of(portal, staff, request_id)

    return made()


def schedule(
    portal: Stack, staff: str, order_id: str, begin: str, end: str, technician: str | None = SEPP
) -> str:
    """Plan an appointment on 12 January 2038 from `begin` to `end`, as clocks show it in Munich."""
    return str(
        portal.call(
            "orders.schedule_appointment", staff, order_id=order_id, technician=technician, **on(begin, end)
        )["appointment_id"]
    )


def on(begin: str, end: str) -> dict[str, str]:
    return {"starts_at": f"2038-01-12T{begin}:00+01:00", "ends_at": f"2038-01-12T{end}:00+01:00"}


def listed(portal: Stack, staff: str, **arguments: Any) -> list[Any]:
    items: list[Any] = portal.call("orders.appointments", staff, **WEEK | arguments)["items"]
    return items


def test_a_technician_is_not_planned_for_two_places_at_once(portal: Stack, staff: str, orders):
    schedule(portal, staff, next(orders), "08:00", "10:00")
    other = next(orders)
    for begin, end in (("08:00", "10:00"), ("07:00", "08:01"), ("09:59", "11:00"), ("07:00", "11:00")):
        with pytest.raises(Conflict) as refused:
            schedule(portal, staff, other, begin, end, " sepp  BRANDL ")
        assert refused.value.details == {
            "starts_at": "2038-01-12T07:00:00+00:00",
            "ends_at": "2038-01-12T09:00:00+00:00",
        }
    assert portal.call("orders.order", staff, order_id=other)["appointments"] == []
    assert len(listed(portal, staff)) == 1


def test_ends_may_touch_and_other_technicians_and_nobody_may_be_planned_beside(
    portal: Stack, staff: str, orders
):
    order_id = next(orders)
    schedule(portal, staff, order_id, "08:00", "10:00")
    for begin, end, technician in (
        ("06:00", "08:00", SEPP),
        ("10:00", "12:00", SEPP),
        ("08:00", "10:00", "Vroni Huber"),
        ("08:00", "10:00", None),
        ("08:00", "10:00", None),
    ):
        schedule(portal, staff, order_id, begin, end, technician)
    assert len(listed(portal, staff)) == 6


def test_a_technician_of_the_same_name_elsewhere_is_another_person(portal: Stack, staff: str, orders):
    schedule(portal, staff, next(orders), "08:00", "10:00")
    elsewhere = portal.provider("Maier Kältetechnik")
    request_id = submit(portal, portal.customer(elsewhere))
    portal.call("requests.accept", elsewhere, request_id=request_id)
    schedule(portal, elsewhere, order_of(portal, elsewhere, request_id), "08:00", "10:00")


def test_an_appointment_is_not_moved_onto_another_but_may_overlap_where_it_was(
    portal: Stack, staff: str, orders
):
    schedule(portal, staff, next(orders), "08:00", "10:00")
    moving = schedule(portal, staff, next(orders), "12:00", "14:00")
    with pytest.raises(Conflict, match="another appointment"):
        portal.call("orders.reschedule_appointment", staff, appointment_id=moving, **on("09:00", "11:00"))
    portal.call("orders.reschedule_appointment", staff, appointment_id=moving, **on("11:00", "13:00"))
    assert [each["starts_at"][11:16] for each in listed(portal, staff)] == ["07:00", "10:00"]


def test_an_appointment_is_not_given_to_a_technician_who_is_busy_and_frees_who_had_it(
    portal: Stack, staff: str, orders
):
    schedule(portal, staff, next(orders), "08:00", "10:00", "Vroni Huber")
    given_on = schedule(portal, staff, next(orders), "09:00", "11:00")
    change = partial(portal.call, "orders.reschedule_appointment", staff, appointment_id=given_on)
    with pytest.raises(Conflict, match="another appointment"):
        change(technician="Vroni Huber", **on("09:00", "11:00"))
    change(technician="Ayşe Demir", **on("09:00", "11:00"))
    schedule(portal, staff, next(orders), "09:00", "11:00")
    with pytest.raises(Conflict, match="another appointment"):
        schedule(portal, staff, next(orders), "10:30", "11:30", "Ayşe Demir")
    assert [each["appointment_id"] for each in listed(portal, staff, technician="Ayşe Demir")] == [given_on]


@pytest.mark.parametrize(
    ("method", "details"), [("cancel_appointment", {"reason": "Krank."}), ("complete_appointment", {})]
)
def test_the_time_of_an_appointment_that_is_over_is_free_again(
    portal: Stack, staff: str, orders, method: str, details
):
    over = schedule(portal, staff, next(orders), "08:00", "10:00")
    portal.call(f"orders.{method}", staff, appointment_id=over, **details)
    schedule(portal, staff, next(orders), "09:00", "11:00")


def test_of_several_who_plan_a_technician_at_the_same_moment_one_succeeds(portal: Stack, staff: str, orders):
    order_ids = [next(orders) for _ in range(4)]
    for begin, end in (("06:00", "08:00"), ("08:00", "10:00"), ("10:00", "12:00")):
        results = at_once(
            [partial(schedule, portal, staff, order_id, begin, end) for order_id in order_ids * 3]
        )
        refusals = [each for each in results if isinstance(each, PortalError)]
        assert len(refusals) == 11
        assert all(isinstance(each, Conflict) for each in refusals)
    assert len(listed(portal, staff)) == 3


def test_of_two_appointments_that_are_moved_to_one_time_at_once_one_gets_there(
    portal: Stack, staff: str, orders
):
    first = schedule(portal, staff, next(orders), "06:00", "07:00")
    second = schedule(portal, staff, next(orders), "07:00", "08:00")
    move = partial(portal.call, "orders.reschedule_appointment", staff, **on("12:00", "13:00"))
    results = at_once([partial(move, appointment_id=each) for each in (first, second)])
    assert sorted(isinstance(each, Conflict) for each in results) == [False, True]


def test_a_week_shows_all_that_touches_it_by_start_with_order_company_and_site(
    portal: Stack, staff: str, customer: Customer, orders
):
    order_id = next(orders)

    def plan(starts_at: str, ends_at: str) -> str:
        times = {"starts_at": starts_at, "ends_at": ends_at}
        made = portal.call("orders.schedule_appointment", staff, order_id=order_id, **times)
        return str(made["appointment_id"])

    plan("2038-01-10T20:00:00+01:00", WEEK["since"])
    over_the_night = plan("2038-01-10T20:00:00+01:00", "2038-01-11T00:00:01+01:00")
    long = plan("2038-01-04T08:00:00+01:00", "2038-01-18T08:00:00+01:00")
    noon = schedule(portal, staff, order_id, "12:00", "13:00")
    morning = schedule(portal, staff, order_id, "08:00", "09:00", None)
    plan(WEEK["until"], "2038-01-18T08:00:00+01:00")
    portal.call("orders.cancel_appointment", staff, appointment_id=noon, reason="Krank.")
    found = listed(portal, staff)
    assert [each["appointment_id"] for each in found] == [long, over_the_night, morning, noon]
    assert found[-1] == {
        "appointment_id": noon,
        "starts_at": "2038-01-12T11:00:00+00:00",
        "ends_at": "2038-01-12T12:00:00+00:00",
        "technician": SEPP,
        "status": "cancelled",
        "order_id": order_id,
        "title": "Heizung wird nicht warm",
        "company_id": customer.company_id,
        "company_name": "Bäckerei Öztürk",
        "site_id": customer.site_id,
        "site_name": "Filiale Süd",
    }
    assert [each["appointment_id"] for each in listed(portal, staff, technician="SEPP BRANDL")] == [noon]
    behind = cursor.encode((found[1]["starts_at"], found[1]["appointment_id"]))
    assert listed(portal, staff, cursor=behind) == found[2:]
    assert listed(portal, portal.provider("Maier Kältetechnik")) == []


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (WEEK["until"], WEEK["since"]),
        (WEEK["since"], WEEK["since"]),
        (WEEK["since"], "2038-02-22T01:00:01+01:00"),
    ],
)
def test_a_time_that_is_empty_or_longer_than_six_weeks_is_not_looked_at(portal: Stack, staff, since, until):
    with pytest.raises(ValidationFailed) as refused:
        listed(portal, staff, since=since, until=until)
    assert refused.value.fields.keys() == {"until"}
