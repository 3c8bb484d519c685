"""What customers see of all that is theirs, and how fresh it is."""

import pytest
from sqlalchemy import Engine

from shared.contracts.errors import NotFound, ValidationFailed
from tests.integration.services.belongings import TIMES, Belongings, at_head, attach, order_of, read, submit
from tests.integration.services.planning import PAST, planned_long_ago
from tests.support.file_contents import PDF
from tests.support.scene import Customer
from tests.support.stack import Stack


@pytest.fixture
def staff(portal: Stack) -> str:
    return portal.provider("Öfen & Söhne GmbH")


@pytest.fixture
def customer(portal: Stack, staff: str) -> Customer:
    return portal.customer(staff, "Bäckerei Öztürk „Süd“ <b>")


def test_the_start_page_shows_everything_at_once(portal: Stack, owner: Belongings):
    seen = read(portal, owner.customer, at_least=owner.position)
    assert (seen["reached"], seen["stale"], seen["age_seconds"]) == (True, False, pytest.approx(0, abs=5))
    assert seen["provider"]["name"] == "Huber Heizungsbau GmbH"
    assert seen["company"] == {
        "company_id": owner.ids["company_id"],
        "name": "Bäckerei Müller",
        "number": None,
    }
    [site] = seen["sites"]
    assert (site["site_id"], site["name"], site["latitude"]) == (owner.ids["site_id"], "Filiale Süd", 48.14)
    assert (site["open_requests"], site["upcoming_appointments"], site["equipment_count"]) == (2, 1, 1)
    assert [each["status"] for each in seen["requests"]] == ["submitted", "scheduled"]
    [appointment] = seen["appointments"]
    assert appointment["appointment_id"] == owner.ids["appointment_id"]
    assert (appointment["title"], appointment["site_name"]) == ("Heizung wird nicht warm", "Filiale Süd")
    assert seen["counts"] == {
        "sites": 1,
        "equipment": 1,
        "open_requests": 2,
        "upcoming_appointments": 1,
        "open_offers": 0,
    }


def test_settings_tell_who_one_is_and_who_the_provider_is(portal: Stack, staff: str, customer: Customer):
    seen = read(portal, customer, "settings", at_least=at_head(portal, staff))
    assert (seen["contact"]["first_name"], seen["contact"]["email"]) == ("Jörg", customer.email)
    assert (seen["contact"]["is_main_contact"], seen["contact"]["language"]) == (True, "de")
    assert seen["company"]["name"] == "Bäckerei Öztürk „Süd“ <b>"
    assert (seen["provider"]["name"], seen["provider"]["language"]) == ("Öfen & Söhne GmbH", "de")


def test_a_requests_way_is_told_step_by_step(portal: Stack, staff: str, customer: Customer):
    request_id = submit(portal, customer, equipment_id=customer.equipment_id)

    def steps(position: str) -> tuple[str, list[str]]:
        seen = read(portal, customer, "request", request_id=request_id, at_least=position)
        return seen["status"], [step["status"] for step in seen["timeline"]]

    position = portal.call("requests.accept", staff, request_id=request_id, note="Bis bald.")["position"]
    assert steps(position) == ("accepted", ["submitted", "accepted"])
    order_id = order_of(portal, staff, request_id)
    planned = portal.call("orders.schedule_appointment", staff, order_id=order_id, **TIMES)
    assert steps(planned["position"]) == ("scheduled", ["submitted", "accepted", "scheduled"])
    appointment = {"appointment_id": planned["appointment_id"]}
    cancelled = portal.call("orders.cancel_appointment", staff, **appointment, reason="Krank.")
    assert steps(cancelled["position"]) == ("accepted", ["submitted", "accepted"])
    done = portal.call("orders.complete_order", staff, order_id=order_id)
    assert steps(done["position"])[0] == "done"
    seen = read(portal, customer, "request", request_id=request_id)
    assert (seen["note"], seen["equipment_name"], seen["order"]["order_id"]) == (
        "Bis bald.",
        "Gasbrennwertkessel",
        order_id,
    )


def test_a_request_tells_who_took_which_step_and_names_nobody_of_the_provider(
    portal: Stack, staff: str, customer: Customer
):
    attachments = [attach(portal, customer, filename=name) for name in ("Öltank.pdf", "Kessel.pdf")][::-1]
    request_id = submit(portal, customer, attachment_ids=attachments)
    portal.call("requests.accept", staff, request_id=request_id)
    order_id = order_of(portal, staff, request_id)
    done = portal.call("orders.complete_order", staff, order_id=order_id)
    seen = read(portal, customer, "request", request_id=request_id, at_least=done["position"])
    author = {"side": "company", "name": "Jörg Müller"}
    provider = {"side": "provider", "name": "Öfen & Söhne GmbH"}
    assert seen["submitted_by"] == author
    assert [step["by"] for step in seen["timeline"]] == [author, provider, provider]
    times = [step["at"] for step in seen["timeline"]]
    assert times == sorted(times)
    assert [each["attachment_id"] for each in seen["attachments"]] == attachments
    assert seen["attachments"][0] == {
        "attachment_id": attachments[0],
        "filename": "Kessel.pdf",
        "media_type": "application/pdf",
        "size": len(PDF),
    }


def test_who_withdrew_a_request_is_told(portal: Stack, customer: Customer):
    request_id = submit(portal, customer)
    position = portal.call("requests.withdraw", customer.token, request_id=request_id)["position"]
    seen = read(portal, customer, "request", request_id=request_id, at_least=position)
    assert seen["timeline"][1]["by"] == {"side": "company", "name": "Jörg Müller"}


def test_a_request_stays_scheduled_until_the_last_of_its_appointments_is_cancelled(
    portal: Stack, staff: str, customer: Customer
):
    request_id = submit(portal, customer)
    portal.call("requests.accept", staff, request_id=request_id)
    order_id = order_of(portal, staff, request_id)
    first, second = (
        portal.call("orders.schedule_appointment", staff, order_id=order_id, **TIMES)["appointment_id"]
        for _ in range(2)
    )

    def cancel(appointment_id: str) -> tuple[str, set[tuple[str, str | None]]]:
        position = portal.call(
            "orders.cancel_appointment", staff, appointment_id=appointment_id, reason="Krank."
        )["position"]
        seen = read(portal, customer, "request", request_id=request_id, at_least=position)
        return seen["status"], {(each["status"], each["reason"]) for each in seen["appointments"]}

    assert cancel(first) == ("scheduled", {("cancelled", "Krank."), ("scheduled", None)})
    assert cancel(second) == ("accepted", {("cancelled", "Krank.")})


def test_a_removed_site_is_not_listed_and_keeps_its_name_where_something_was_done(
    portal: Stack, staff: str, customer: Customer
):
    request_id = submit(portal, customer, equipment_id=customer.equipment_id)
    portal.call("requests.accept", staff, request_id=request_id)
    order_id = order_of(portal, staff, request_id)
    appointment = portal.call("orders.schedule_appointment", staff, order_id=order_id, **TIMES)
    portal.call("orders.complete_appointment", staff, appointment_id=appointment["appointment_id"])
    portal.call("orders.complete_order", staff, order_id=order_id)
    removed = portal.call("customers.remove_site", staff, site_id=customer.site_id)["position"]

    seen = read(portal, customer, at_least=removed)
    assert (seen["sites"], seen["counts"]["sites"], seen["counts"]["equipment"]) == ([], 0, 0)
    assert read(portal, customer, "sites")["items"] == read(portal, customer, "equipment")["items"] == []
    request = read(portal, customer, "request", request_id=request_id)
    assert (request["site_name"], request["equipment_name"]) == ("Filiale Süd", "Gasbrennwertkessel")
    [past] = read(portal, customer, "appointments", when="past")["items"]
    names = {past["site_name"], seen["requests"][0]["site_name"]}
    names.add(portal.call("orders.order", staff, order_id=order_id)["site_name"])
    assert names == {"Filiale Süd"}
    assert (
        portal.call("requests.request", customer.token, request_id=request_id)["site_id"] == customer.site_id
    )
    with pytest.raises(ValidationFailed):
        submit(portal, customer)


@pytest.mark.parametrize(("verb", "status"), [("decline", "declined"), ("withdraw", "withdrawn")])
def test_a_request_that_comes_to_nothing_is_no_longer_open(
    portal: Stack, staff, customer, verb: str, status: str
):
    request_id = submit(portal, customer)
    token, reason = (staff, {"reason": "Keine Zeit."}) if verb == "decline" else (customer.token, {})
    answer = portal.call(f"requests.{verb}", token, request_id=request_id, **reason)
    seen = read(portal, customer, "request", request_id=request_id, at_least=answer["position"])
    assert (seen["status"], seen["reason"]) == (status, reason.get("reason"))
    assert [step["status"] for step in seen["timeline"]] == ["submitted", status]
    assert read(portal, customer)["counts"]["open_requests"] == 0
    assert [each["request_id"] for each in read(portal, customer, "requests", status=status)["items"]] == [
        request_id
    ]
    assert read(portal, customer, "requests", status="submitted")["items"] == []


def test_a_status_that_does_not_exist_is_refused(portal: Stack, owner: Belongings):
    with pytest.raises(ValidationFailed):
        read(portal, owner.customer, "requests", status="lost")
    with pytest.raises(ValidationFailed):
        read(portal, owner.customer, "appointments", when="sometime")


def test_a_request_tells_what_happened_to_its_appointments_as_the_order_does(
    portal: Stack, staff: str, customer: Customer
):
    request_id = submit(portal, customer)
    portal.call("requests.accept", staff, request_id=request_id)
    order_id = order_of(portal, staff, request_id)
    planned = portal.call("orders.schedule_appointment", staff, order_id=order_id, **TIMES)
    appointment = {"appointment_id": planned["appointment_id"]}
    later = {"starts_at": "2038-02-01T08:00:00+01:00", "ends_at": "2038-02-01T10:00:00+01:00"}
    portal.call("orders.reschedule_appointment", staff, **appointment, **later)
    portal.call("orders.reschedule_appointment", staff, **appointment, **later, technician="Ayşe Demir")
    portal.call("orders.complete_appointment", staff, **appointment)
    done = portal.call("orders.complete_order", staff, order_id=order_id)
    seen = read(portal, customer, "request", request_id=request_id, at_least=done["position"])
    assert [
        (each["step"], each["starts_at"][:10], each["technician"]) for each in seen["appointment_steps"]
    ] == [
        ("scheduled", "2038-01-12", None),
        ("moved", "2038-02-01", None),
        ("reassigned", "2038-02-01", "Ayşe Demir"),
        ("completed", "2038-02-01", "Ayşe Demir"),
    ]
    order = portal.call("orders.order", staff, order_id=order_id)
    assert order["appointment_steps"] == seen["appointment_steps"]
    assert order["completed_at"] == seen["timeline"][-1]["at"]


def test_appointments_are_to_come_or_over(
    portal: Stack, portal_database: Engine, staff: str, customer: Customer
):
    request_id = submit(portal, customer)
    portal.call("requests.accept", staff, request_id=request_id)
    order_id = order_of(portal, staff, request_id)
    coming, cancelled, done = (
        portal.call("orders.schedule_appointment", staff, order_id=order_id, **TIMES)["appointment_id"]
        for _ in range(3)
    )
    over = planned_long_ago(portal_database, order_id, PAST)
    portal.call("orders.cancel_appointment", staff, appointment_id=cancelled, reason="Krank.")
    last = portal.call("orders.complete_appointment", staff, appointment_id=done)["position"]

    def listed(when: str) -> set[str]:
        items = read(portal, customer, "appointments", when=when, at_least=last)["items"]
        return {each["appointment_id"] for each in items}

    assert (listed("upcoming"), listed("past")) == ({coming}, {over, cancelled, done})


def test_equipment_is_listed_by_name_and_by_site(portal: Stack, staff: str, customer: Customer):
    site = portal.call(
        "customers.add_site",
        staff,
        company_id=customer.company_id,
        name="Älteres Lager",
        address="Marktplatz 2",
    )["site_id"]
    for number in range(60):
        name = f"Übergabestation {number % 7}"
        last = portal.call("customers.add_equipment", staff, site_id=site, name=name)["position"]
    first = read(portal, customer, "equipment", site_id=site, at_least=last)
    second = read(portal, customer, "equipment", site_id=site, cursor=first["next"])
    items = first["items"] + second["items"]
    assert (len(items), len({each["equipment_id"] for each in items}), second["next"]) == (60, 60, None)
    assert [each["name"] for each in items] == sorted(each["name"] for each in items)
    assert {each["site_name"] for each in items} == {"Älteres Lager"}
    assert [each["equipment_count"] for each in read(portal, customer, "sites")["items"]] == [60, 1]


def test_a_request_that_does_not_exist_is_not_found(portal: Stack, owner: Belongings):
    with pytest.raises(NotFound):
        read(portal, owner.customer, "request", request_id=owner.ids["site_id"])
