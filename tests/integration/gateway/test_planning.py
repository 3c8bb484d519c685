"""Staff plan the work of an order: appointments, moving them, calling them off, and its end."""

from typing import Any

import pytest

from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.gateway.test_documents import wait_for_view
from tests.integration.services.belongings import attach, order_of, submit
from tests.support.file_contents import pdf
from tests.support.stack import Stack
from tests.support.waiting import wait_until

MORNING = {"starts_at": "2038-01-12T08:00", "ends_at": "2038-01-12T10:00"}
AFTERNOON = {"starts_at": "2038-01-13T14:00", "ends_at": "2038-01-13T15:30"}


@pytest.fixture
def order_id(portal: Stack, people: Company) -> str:
    return accepted(portal, people)


def accepted(portal: Stack, people: Company, **details: Any) -> str:
    """The order of a request that was accepted."""
    request_id = submit(portal, people.customer, **details)
    portal.call("requests.accept", people.staff_token, request_id=request_id)
    return order_of(portal, people.staff_token, request_id)


def order(portal: Stack, people: Company, order_id: str) -> Any:
    return portal.call("orders.order", people.staff_token, order_id=order_id)


def schedule(staff: Browser, order_id: str, **typed: str) -> Any:
    return staff.open(f"/provider/orders/{order_id}/appointments/new").submit(**MORNING | typed)


def test_an_order_is_planned_changed_and_completed(
    portal: Stack, people: Company, staff: Browser, order_id: str
) -> None:
    assert "Heizung wird nicht warm" in staff.open("/provider/appointments").text
    page = schedule(staff, order_id, technician="Sepp Brandl")
    assert (page.path, "Der Termin ist geplant." in page.text) == (f"/provider/orders/{order_id}", True)
    assert "Di., 12. Januar 2038, 08:00–10:00 Uhr" in page.text
    [planned] = order(portal, people, order_id)["appointments"]
    assert (planned["starts_at"], planned["technician"]) == ("2038-01-12T07:00:00+00:00", "Sepp Brandl")

    changing = staff.open(f"/provider/orders/{order_id}/appointments/{planned['appointment_id']}/change")
    assert changing.form().fields["starts_at"] == MORNING["starts_at"]
    assert changing.form().fields["technician"] == "Sepp Brandl"
    changed = changing.submit(**AFTERNOON, technician="Ayşe Demir")
    assert "Der Termin ist geändert." in changed.text
    assert "Mi., 13. Januar 2038, 14:00–15:30 Uhr Ayşe Demir" in changed.text

    refused = staff.open(f"/provider/orders/{order_id}/complete").submit()
    assert "Zu diesem Auftrag steht noch ein Termin aus." in refused.text
    asked = staff.open(next(address for address in refused.links if "/complete" in address))
    for text in ("Termin hat noch gar nicht begonnen", "am Mi., 13. Januar 2038", "Das lässt sich nicht"):
        assert text in asked.text
    [still] = order(portal, people, order_id)["appointments"]
    assert still["status"] == "scheduled"
    assert "Der Termin ist erledigt." in asked.submit().text
    done = staff.open(f"/provider/orders/{order_id}/complete").submit()
    assert "Der Auftrag ist abgeschlossen." in done.text
    assert "Termin planen" not in done.text
    assert order(portal, people, order_id)["status"] == "completed"
    assert order_id in staff.open("/provider/orders?status=completed").html


def test_the_request_tells_customer_and_staff_that_an_appointment_was_moved_and_done(
    portal: Stack, people: Company, staff: Browser, customer: Browser, order_id: str
) -> None:
    schedule(staff, order_id, technician="Sepp Brandl")
    [planned] = order(portal, people, order_id)["appointments"]
    place = f"/provider/orders/{order_id}/appointments/{planned['appointment_id']}"
    staff.open(f"{place}/change").submit(**AFTERNOON)
    staff.open(f"{place}/change").submit(technician="Ayşe Demir")
    staff.open(f"{place}/complete").submit()
    staff.open(f"/provider/orders/{order_id}/complete").submit()
    steps = (
        "Angenommen",
        "Termin geplant Di., 12. Januar 2038, 08:00–10:00 Uhr · Sepp Brandl",
        "Termin verschoben Mi., 13. Januar 2038, 14:00–15:30 Uhr · Sepp Brandl",
        "Anderer Techniker Mi., 13. Januar 2038, 14:00–15:30 Uhr · Ayşe Demir",
        "Termin erledigt Mi., 13. Januar 2038, 14:00–15:30 Uhr · Ayşe Demir",
    )
    request_id = order(portal, people, order_id)["request_id"]
    wait_for_view(portal, people)
    for page, last in (
        (staff.open(f"/provider/requests/{request_id}"), "Auftrag abgeschlossen"),
        (customer.open(f"/requests/{request_id}"), "Erledigt"),
    ):
        told = page.text.partition("Verlauf")[2].replace("\N{NO-BREAK SPACE}", " ")
        places = [told.find(step) for step in (*steps, last)]
        assert -1 not in places
        assert places == sorted(places)


def test_an_order_shows_the_equipment_and_the_files_that_came_with_the_request(
    portal: Stack, people: Company, staff: Browser
) -> None:
    customer = people.customer
    about = {
        "equipment_id": customer.equipment_id,
        "attachment_ids": [attach(portal, customer, pdf("plate"))],
    }
    address = f"/provider/orders/{accepted(portal, people, **about)}"
    page = staff.open(address)
    for text in ("Gasbrennwertkessel", "Anhänge", "Typenschild.pdf"):
        assert text in page.text
    [file] = [link for link in page.links if link.startswith("/attachments/")]
    assert staff.open(file).answer.get_data() == pdf("plate")
    assert f"/provider/companies/{customer.company_id}#sites" in page.links
    portal.call("customers.remove_equipment", people.staff_token, equipment_id=customer.equipment_id)
    assert "Es gibt sie nicht mehr." in staff.open(address).text


def test_an_order_of_a_request_without_more_says_nothing_of_it(staff: Browser, order_id: str) -> None:
    page = staff.open(f"/provider/orders/{order_id}")
    assert ("Anlage" in page.text, "Anhänge" in page.text) == (False, False)


def test_the_week_shows_who_is_where_on_which_day(
    portal: Stack, people: Company, staff: Browser, order_id: str
) -> None:
    schedule(staff, order_id, technician="Sepp Brandl")
    page = staff.open("/provider/appointments?week=2038-01-14")
    for text in ("Woche 2: Mo. 11. Jan.", "Sepp Brandl", "08:00–10:00", "Bäckerei Müller", "Filiale Süd"):
        assert text in page.text
    assert "Alles geplant" in page.text
    assert "/provider/orders?status=created" not in page.links
    assert "week=2038-01-04" in page.html
    assert "week=2038-01-18" in page.html
    for other in ("2038-01-18", "nonsense", "0001-01-01"):
        assert "Sepp Brandl" not in staff.open(f"/provider/appointments?week={other}").text


def test_what_waits_longest_is_to_be_planned_first_and_all_that_waits_is_found(
    portal: Stack, people: Company, staff: Browser
) -> None:
    waiting = [f"Auftrag {number:02}" for number in range(51)]
    for title in waiting:
        request_id = submit(portal, people.customer, title=title)
        portal.call("requests.accept", people.staff_token, request_id=request_id)
    page = wait_until(
        lambda: (seen := staff.open("/provider/appointments")).text.count("Alle ohne Termin") and seen,
        what="all orders are there",
    )
    assert [title in page.text for title in waiting] == [True] * 50 + [False]
    [all_waiting] = [link for link in page.links if link.startswith("/provider/orders?")]
    assert waiting[50] in staff.open(all_waiting).text


def test_the_weekend_is_shown_in_a_week_in_which_somebody_works_then(staff: Browser, order_id: str) -> None:
    schedule(staff, order_id, technician="Sepp Brandl")
    assert "Sa. 16. Jan." not in staff.open("/provider/appointments?week=2038-01-12").text
    schedule(staff, order_id, starts_at="2038-01-16T08:00", ends_at="2038-01-16T10:00")
    page = staff.open("/provider/appointments?week=2038-01-12")
    assert ("Sa. 16. Jan." in page.text, "Fr. 15. Jan." in page.text) == (True, True)


def test_a_technician_is_not_in_two_places_and_what_was_typed_stays(
    portal: Stack, people: Company, staff: Browser, order_id: str
) -> None:
    schedule(staff, order_id, technician="Sepp Brandl")
    other = accepted(portal, people)
    refused = schedule(staff, other, technician="sepp  brandl", starts_at="2038-01-12T09:00")
    assert refused.status == 409
    assert "Der Techniker hat dann schon einen anderen Termin: Di., 12. Januar 2038" in refused.text
    assert refused.form().fields["technician"] == "sepp  brandl"
    assert "Der Termin ist geplant." in refused.submit(technician="Ayşe Demir").text


def test_an_appointment_that_ends_before_it_begins_or_is_over_is_refused_at_its_field(
    portal: Stack, people: Company, staff: Browser, order_id: str
) -> None:
    refused = schedule(staff, order_id, ends_at="2038-01-12T07:00")
    assert refused.status == 422
    assert "Das Ende muss nach dem Beginn liegen." in refused.text
    over = schedule(staff, order_id, starts_at="2020-01-12T08:00", ends_at="2020-01-12T10:00")
    assert "Diese Zeit ist schon vorbei." in over.text
    empty = schedule(staff, order_id, starts_at="", ends_at="2038-01-12T07:00")
    assert "Bitte füllen Sie dieses Feld aus." in empty.text
    assert order(portal, people, order_id)["appointments"] == []


def test_an_appointment_is_called_off_with_a_reason_once(
    portal: Stack, people: Company, staff: Browser, order_id: str
) -> None:
    schedule(staff, order_id)
    [planned] = order(portal, people, order_id)["appointments"]
    asked = staff.open(f"/provider/orders/{order_id}/appointments/{planned['appointment_id']}/cancel")
    assert "Bitte füllen Sie dieses Feld aus." in asked.submit(reason=" ").text
    assert "Der Termin ist abgesagt." in asked.submit(reason="Der Monteur ist krank.").text
    late = staff.open(asked.address).submit(reason="Noch einmal.")
    assert "Der Termin wurde inzwischen abgesagt. Hier sehen Sie den aktuellen Stand." in late.text
    assert order(portal, people, order_id)["status"] == "created"


def test_a_plan_that_is_sent_twice_counts_once(
    portal: Stack, people: Company, staff: Browser, order_id: str
) -> None:
    page = staff.open(f"/provider/orders/{order_id}/appointments/new")
    for _ in range(2):
        assert "Der Termin ist geplant." in page.submit(**MORNING).text
    assert len(order(portal, people, order_id)["appointments"]) == 1


def test_planning_from_the_calendar_leads_back_to_its_week(staff: Browser, order_id: str) -> None:
    week = staff.open("/provider/appointments?week=2038-01-12")
    address = f"/provider/orders/{order_id}/appointments/new?back=/provider/appointments?week%3D2038-01-11"
    assert address in week.html
    page = staff.open(address).submit(**MORNING)
    assert page.address == "/provider/appointments?week=2038-01-11"
    away = staff.open(f"/provider/orders/{order_id}/appointments/new?back=//evil.example/")
    assert away.submit(**AFTERNOON).path == f"/provider/orders/{order_id}"
