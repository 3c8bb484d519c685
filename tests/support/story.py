"""The slice from end to end: a request travels from the customer to the order and back."""

from tests.support.scene import Scene
from tests.support.waiting import wait_until


def tell(portal: Scene) -> None:
    """A request is submitted, accepted, scheduled and done; the customer sees each step."""
    staff = portal.provider()
    customer = portal.customer(staff)

    submitted = portal.call(
        "requests.submit",
        customer.token,
        title="Heizung wird nicht warm",
        description="Seit gestern bleibt der Heizkörper im Büro kalt.",
        site_id=customer.site_id,
        equipment_id=customer.equipment_id,
    )
    request_id = submitted["request_id"]
    seen = portal.call(
        "portal_read.request", customer.token, request_id=request_id, at_least=submitted["position"]
    )
    assert (seen["status"], seen["reached"], seen["site_name"]) == ("submitted", True, "Filiale Süd")

    accepted = portal.call("requests.accept", staff, request_id=request_id, note="Wir melden uns.")
    seen = portal.call(
        "portal_read.request", customer.token, request_id=request_id, at_least=accepted["position"]
    )
    assert (seen["status"], seen["note"]) == ("accepted", "Wir melden uns.")

    order = wait_until(
        lambda: portal.call("portal_read.request", customer.token, request_id=request_id)["order"],
        what="the order is there",
    )
    scheduled = portal.call(
        "orders.schedule_appointment",
        staff,
        order_id=order["order_id"],
        starts_at="2038-01-12T08:00:00+01:00",
        ends_at="2038-01-12T10:00:00+01:00",
        technician="Sepp Brandl",
    )
    dashboard = portal.call("portal_read.dashboard", customer.token, at_least=scheduled["position"])
    assert dashboard["requests"][0]["status"] == "scheduled"
    assert dashboard["appointments"][0]["starts_at"] == "2038-01-12T07:00:00+00:00"
    counts = {"sites": 1, "equipment": 1, "open_requests": 1, "upcoming_appointments": 1, "open_offers": 0}
    assert dashboard["counts"] == counts
    appointment_id = scheduled["appointment_id"]
    portal.call("orders.complete_appointment", staff, appointment_id=appointment_id)
    done = portal.call("orders.complete_order", staff, order_id=order["order_id"])
    seen = portal.call(
        "portal_read.request", customer.token, request_id=request_id, at_least=done["position"]
    )
    assert [step["status"] for step in seen["timeline"]] == ["submitted", "accepted", "scheduled", "done"]
