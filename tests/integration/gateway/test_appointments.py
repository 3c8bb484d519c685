"""Appointments: those to come, those that are over, and their calendar files."""

import pytest
from flask import Flask

from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.gateway.test_documents import wait_for_view
from tests.integration.services.belongings import order_of, submit
from tests.support.stack import PASSWORD, Stack

TIMES = {"starts_at": "2038-07-12T08:00:00+02:00", "ends_at": "2038-07-12T10:00:00+02:00"}


@pytest.fixture
def appointment_id(portal: Stack, people: Company) -> str:
    """An appointment to come."""
    request_id = submit(portal, people.customer, title="Wartung; Kessel, groß")
    portal.call("requests.accept", people.staff_token, request_id=request_id)
    order_id = order_of(portal, people.staff_token, request_id)
    scheduled = portal.call(
        "orders.schedule_appointment", people.staff_token, order_id=order_id, technician="Ayşe Demir", **TIMES
    )
    wait_for_view(portal, people)
    return str(scheduled["appointment_id"])


def test_without_appointments_the_pages_say_what_will_be_there(customer: Browser) -> None:
    assert "Kein Termin geplant" in customer.open("/appointments").text
    assert "Noch keine vergangenen Termine" in customer.open("/appointments/past").text


def test_an_appointment_to_come_moves_to_the_past_when_it_is_cancelled(
    portal: Stack, people: Company, customer: Browser, appointment_id: str
) -> None:
    page = customer.open("/appointments")
    for text in ("Mo., 12. Juli 2038, 08:00–10:00", "Wartung; Kessel, groß", "Ayşe Demir", "Geplant"):
        assert text in page.text.replace("\N{NO-BREAK SPACE}", " ")
    portal.call(
        "orders.cancel_appointment", people.staff_token, appointment_id=appointment_id, reason="Zu heiß"
    )
    wait_for_view(portal, people)
    assert "Kein Termin geplant" in customer.open("/appointments").text
    past = customer.open("/appointments/past")
    assert "Abgesagt" in past.text
    assert "Zu heiß" in past.text


def test_an_appointment_can_be_put_into_a_calendar(customer: Browser, appointment_id: str) -> None:
    answer = customer.client.get(f"/appointments/{appointment_id}/calendar")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Termin.ics"'
    lines = answer.text.replace("\r\n ", "").split("\r\n")
    for line in (
        f"UID:{appointment_id}@customer-portal",
        "DTSTART:20380712T060000Z",
        "DTEND:20380712T080000Z",
        r"SUMMARY:Huber Heizungsbau GmbH: Wartung\; Kessel\, groß",
        r"LOCATION:Filiale Süd\, Bahnhofstraße 1\, 80335 München",
        "DESCRIPTION:Es kommt: Ayşe Demir",
        "STATUS:CONFIRMED",
    ):
        assert line in lines


def test_the_customer_sees_who_comes_instead_also_in_the_calendar(
    portal: Stack, people: Company, customer: Browser, appointment_id: str
) -> None:
    change = {"appointment_id": appointment_id, "technician": "Sepp Brandl", **TIMES}
    portal.call("orders.reschedule_appointment", people.staff_token, **change)
    wait_for_view(portal, people)
    page = customer.open("/appointments")
    assert ("Sepp Brandl" in page.text, "Ayşe Demir" in page.text) == (True, False)
    calendar = customer.client.get(f"/appointments/{appointment_id}/calendar")
    assert "DESCRIPTION:Es kommt: Sepp Brandl" in calendar.text


def test_a_strangers_appointment_is_not_found(
    portal: Stack, people: Company, gateway: Flask, appointment_id: str
) -> None:
    stranger = Browser(gateway)
    stranger.sign_in(portal.customer(people.staff_token).email, PASSWORD)
    assert stranger.open(f"/appointments/{appointment_id}/calendar").status == 404
