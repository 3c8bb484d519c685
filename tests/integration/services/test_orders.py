"""An accepted request becomes one order, and its appointments say how it stands."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from kombu import Connection
from sqlalchemy import Engine, text

from shared.contracts.errors import InvalidTransition, NotFound, ValidationFailed
from shared.contracts.subscriptions import queue_name
from shared.eventlog import log
from shared.messaging.cloudevents import outgoing
from tests.integration.services.belongings import REQUEST, TIMES, order_of, submit
from tests.integration.services.planning import PAST, planned_long_ago
from tests.support.scene import Customer
from tests.support.stack import Stack
from tests.support.waiting import wait_until

LATER = {"starts_at": "2038-02-01T08:00:00+01:00", "ends_at": "2038-02-01T09:30:00+01:00"}


@pytest.fixture
def order_id(portal: Stack, staff: str, customer: Customer) -> str:
    return order_of(portal, staff, accepted(portal, staff, customer))


def accepted(portal: Stack, staff: str, customer: Customer) -> str:
    request_id = submit(portal, customer, equipment_id=customer.equipment_id)
    portal.call("requests.accept", staff, request_id=request_id)
    return request_id


def schedule(portal: Stack, staff: str, order_id: str, **times: str) -> str:
    arguments = {"order_id": order_id, **TIMES, **times}
    return str(portal.call("orders.schedule_appointment", staff, **arguments)["appointment_id"])


def order(portal: Stack, staff: str, order_id: str) -> Any:
    return portal.call("orders.order", staff, order_id=order_id)


def deliver_again(portal: Stack, engine: Engine, request_id: str) -> None:
    """Put the message of a request's acceptance into the subscription's queue once more."""
    with engine.connect() as connection:
        history = log.load(connection, UUID(request_id), "request")
    message = outgoing(history[-1])
    assert message.routing_key == "request_accepted"
    with Connection(portal.amqp_uri) as connection:
        connection.Producer().publish(
            message.body,
            routing_key=queue_name("orders", message.routing_key),
            headers=message.headers,
            content_type="application/json",
            content_encoding="utf-8",
        )


def test_an_order_takes_over_what_was_asked_for(portal: Stack, staff: str, customer: Customer):
    request_id = accepted(portal, staff, customer)
    seen = order(portal, staff, order_of(portal, staff, request_id))
    assert {name: seen[name] for name in REQUEST} == REQUEST
    assert (seen["request_id"], seen["site_id"]) == (request_id, customer.site_id)
    assert (seen["company_id"], seen["status"], seen["appointments"]) == (customer.company_id, "created", [])
    assert (seen["company_name"], seen["site_name"]) == ("Bäckerei Müller", "Filiale Süd")
    assert seen["equipment_id"] == customer.equipment_id
    number = portal.call("requests.request", staff, request_id=request_id)["number"]
    assert seen["request_number"] == number


def test_only_accepted_requests_become_orders(portal: Stack, staff: str, customer: Customer):
    portal.call("requests.withdraw", customer.token, request_id=submit(portal, customer))
    portal.call("requests.decline", staff, request_id=submit(portal, customer), reason="Keine Zeit.")
    submit(portal, customer)
    last = accepted(portal, staff, customer)
    order_of(portal, staff, last)
    assert [each["request_id"] for each in portal.call("orders.orders", staff)["items"]] == [last]


def test_the_order_of_a_request_is_found_by_the_request(portal: Stack, staff: str, customer: Customer):
    first, second = (accepted(portal, staff, customer) for _ in range(2))
    order_ids = {each: order_of(portal, staff, each) for each in (first, second)}
    [found] = portal.call("orders.orders", staff, request_id=first)["items"]
    assert found["order_id"] == order_ids[first]
    unanswered = submit(portal, customer)
    assert portal.call("orders.orders", staff, request_id=unanswered)["items"] == []
    with pytest.raises(NotFound):
        portal.call("orders.orders", portal.provider(), request_id=first)


def test_a_request_has_one_order_however_often_its_acceptance_is_delivered(
    portal: Stack, portal_database: Engine, staff: str, customer: Customer
):
    request_id = accepted(portal, staff, customer)
    order_id = order_of(portal, staff, request_id)
    schedule(portal, staff, order_id)
    before = order(portal, staff, order_id)
    for _ in range(3):
        deliver_again(portal, portal_database, request_id)
    # Deliveries are handled in order: once the next request has its order, these have been dealt with.
    order_of(portal, staff, accepted(portal, staff, customer))
    orders = portal.call("orders.orders", staff)["items"]
    assert [each["request_id"] for each in orders].count(request_id) == 1
    assert order(portal, staff, order_id) == before
    with portal_database.connect() as connection:
        created = text(
            "SELECT count(*) FROM eventlog.events WHERE stream_id = :id AND type = 'order_created'"
        )
        assert connection.execute(created, {"id": order_id}).scalar_one() == 1


def test_the_status_follows_the_appointments(portal: Stack, staff: str, order_id: str):
    def status() -> tuple[str, list[str]]:
        seen = order(portal, staff, order_id)
        return seen["status"], [each["status"] for each in seen["appointments"]]

    first = schedule(portal, staff, order_id)
    assert status() == ("scheduled", ["scheduled"])
    portal.call("orders.cancel_appointment", staff, appointment_id=first, reason="Krank.")
    assert status() == ("created", ["cancelled"])
    second, third = (schedule(portal, staff, order_id) for _ in range(2))
    portal.call("orders.complete_appointment", staff, appointment_id=second)
    portal.call("orders.cancel_appointment", staff, appointment_id=third, reason="Schon fertig.")
    assert status() == ("scheduled", ["cancelled", "completed", "cancelled"])
    portal.call("orders.complete_order", staff, order_id=order_id)
    assert status()[0] == "completed"
    for listed, count in (("completed", 1), ("scheduled", 0), ("created", 0)):
        assert len(portal.call("orders.orders", staff, status=listed)["items"]) == count


def test_an_appointment_can_be_moved_and_keeps_its_technician(portal: Stack, staff: str, order_id: str):
    appointment_id = schedule(portal, staff, order_id, technician="Jörg Müßig")
    portal.call("orders.reschedule_appointment", staff, appointment_id=appointment_id, **LATER)
    [seen] = order(portal, staff, order_id)["appointments"]
    assert (seen["technician"], seen["status"]) == ("Jörg Müßig", "scheduled")
    assert (seen["starts_at"], seen["ends_at"]) == ("2038-02-01T07:00:00+00:00", "2038-02-01T08:30:00+00:00")


def test_an_appointment_is_given_to_another_technician(portal: Stack, staff: str, order_id: str):
    appointment_id = schedule(portal, staff, order_id, technician="Jörg Müßig")
    for technician in ("Ayşe Demir", None):
        change = {"appointment_id": appointment_id, "technician": technician, **TIMES}
        portal.call("orders.reschedule_appointment", staff, **change)
        [seen] = order(portal, staff, order_id)["appointments"]
        assert seen["technician"] == technician
    with pytest.raises(ValidationFailed):
        portal.call("orders.reschedule_appointment", staff, **change | {"technician": " "})


def test_a_time_that_is_over_is_refused_but_what_was_planned_for_it_can_be_completed(
    portal: Stack, portal_database: Engine, staff: str, order_id: str
):
    appointment_id = schedule(portal, staff, order_id)
    for method, what in (
        ("schedule_appointment", {"order_id": order_id}),
        ("reschedule_appointment", {"appointment_id": appointment_id}),
    ):
        with pytest.raises(ValidationFailed) as refused:
            portal.call(f"orders.{method}", staff, **what, **PAST)
        assert refused.value.fields == {"ends_at": ["Must not be over already; plan a time to come."]}
    portal.call("orders.cancel_appointment", staff, appointment_id=appointment_id, reason="Krank.")
    over = planned_long_ago(portal_database, order_id, PAST)
    portal.call("orders.complete_appointment", staff, appointment_id=over)
    assert [each["status"] for each in order(portal, staff, order_id)["appointments"]] == [
        "cancelled",
        "completed",
    ]


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ({"ends_at": TIMES["starts_at"]}, "ends_at"),
        ({"ends_at": "2038-01-12T06:59:00+00:00"}, "ends_at"),
        ({"ends_at": "2038-01-26T08:01:00+01:00"}, "ends_at"),
        ({"starts_at": "2038-01-12T08:00:00"}, "starts_at"),
        ({"starts_at": "morgen"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, "ends_at"),
        ({"technician": " "}, "technician"),
    ],
)
def test_an_appointment_has_a_start_before_its_end_and_a_time_zone(portal, staff, order_id, times, field):
    with pytest.raises(ValidationFailed) as refused:
        schedule(portal, staff, order_id, **times)
    assert refused.value.fields.keys() == {field}
    assert order(portal, staff, order_id)["appointments"] == []


def test_what_is_over_stays_as_it_is(portal: Stack, staff: str, order_id: str):
    done = schedule(portal, staff, order_id)
    with pytest.raises(InvalidTransition, match="still to come"):
        portal.call("orders.complete_order", staff, order_id=order_id)
    portal.call("orders.complete_appointment", staff, appointment_id=done)
    for method, details in (
        ("reschedule_appointment", LATER),
        ("cancel_appointment", {"reason": "Krank."}),
        ("complete_appointment", {}),
    ):
        with pytest.raises(InvalidTransition):
            portal.call(f"orders.{method}", staff, appointment_id=done, **details)
    portal.call("orders.complete_order", staff, order_id=order_id)
    with pytest.raises(InvalidTransition):
        schedule(portal, staff, order_id)


def test_appointments_planned_at_the_same_moment_are_both_kept(portal: Stack, staff: str, order_id: str):
    with ThreadPoolExecutor(3) as threads:
        made = set(threads.map(lambda _: schedule(portal, staff, order_id), range(3)))
    assert {each["appointment_id"] for each in order(portal, staff, order_id)["appointments"]} == made


def test_55_orders_are_come_by_page_by_page_the_newest_or_the_oldest_first(
    portal: Stack, staff: str, customer: Customer
):
    requests = [accepted(portal, staff, customer) for _ in range(55)]

    def pages(**asked: str) -> list[Any]:
        first = portal.call("orders.orders", staff, **asked)
        if not first["next"]:
            return []
        return [first, portal.call("orders.orders", staff, cursor=first["next"], **asked)]

    newest = wait_until(lambda: complete(pages(), 55), what="all orders are there")
    for found, expected in ((newest, requests[::-1]), (pages(first="oldest"), requests)):
        first, second = found
        assert second["next"] is None
        assert [each["request_id"] for each in first["items"] + second["items"]] == expected


def complete(pages: list[Any], count: int) -> list[Any]:
    return pages if sum(len(page["items"]) for page in pages) == count else []
