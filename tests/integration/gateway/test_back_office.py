"""The provider's staff answer requests."""

import re
from uuid import uuid4

import pytest

from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.support.stack import Stack, wait_until

TITLE = "Wasserhahn tropft"


@pytest.fixture
def request_id(portal: Stack, people: Company) -> str:
    """A request that waits for an answer."""
    submitted = portal.call(
        "requests.submit",
        people.customer.token,
        title=TITLE,
        description="In der Küche.",
        site_id=people.customer.site_id,
    )
    return str(submitted["request_id"])


def test_the_list_shows_who_asks_for_what_and_how_many_wait(staff: Browser, request_id: str) -> None:
    page = staff.open("/provider/")
    for text in (TITLE, "Bäckerei Müller", "Filiale Süd", "In der Küche.", "Offen (1)"):
        assert text in page.text
    assert "<title>(1) Anfragen" in page.html


def test_staff_accept_a_request_from_the_list(
    portal: Stack, people: Company, staff: Browser, customer: Browser, request_id: str
) -> None:
    page = staff.open("/provider/?status=submitted").submit("/accept", note="Wir melden uns.")
    assert (page.path, page.answer.request.args["status"]) == ("/provider/", "submitted")
    assert "Die Anfrage ist angenommen." in page.text
    assert "Alles beantwortet" in page.text
    accepted = portal.call("requests.request", people.staff_token, request_id=request_id)
    assert (accepted["status"], accepted["note"]) == ("accepted", "Wir melden uns.")
    wait_until(
        lambda: "Wir melden uns." in customer.open(f"/requests/{request_id}").text,
        what="the customer sees the note",
    )


def test_staff_decline_a_request_with_a_reason(
    portal: Stack, people: Company, staff: Browser, request_id: str
) -> None:
    refused = staff.open("/provider/").submit("/decline", reason="  ")
    assert refused.status == 422
    assert "Bitte füllen Sie dieses Feld aus." in refused.text
    page = refused.submit("/decline", reason="Dafür ist die Stadt zuständig.")
    assert "Die Anfrage ist abgelehnt." in page.text
    declined = portal.call("requests.request", people.staff_token, request_id=request_id)
    assert (declined["status"], declined["reason"]) == ("declined", "Dafür ist die Stadt zuständig.")


def test_an_answer_that_is_too_long_stays_in_its_field(staff: Browser, request_id: str) -> None:
    page = staff.open("/provider/").submit("/accept", note="x" * 2_001)
    assert page.status == 422
    assert "Bitte geben Sie 1 bis 2.000 Zeichen ein." in page.text
    assert page.form("/accept").fields["note"] == "x" * 2_001


def test_whoever_answers_second_sees_how_things_stand(staff: Browser, request_id: str) -> None:
    page = staff.open("/provider/")
    page.submit("/accept")
    late = page.submit("/decline", reason="Keine Zeit.")
    assert (late.status, late.path) == (200, f"/provider/requests/{request_id}")
    assert "Die Anfrage wurde inzwischen angenommen." in late.text


def test_an_answer_that_is_sent_twice_counts_once(staff: Browser, request_id: str) -> None:
    page = staff.open("/provider/")
    first, second = page.submit("/accept"), page.submit("/accept")
    assert "Die Anfrage ist angenommen." in first.text
    assert "Die Anfrage ist angenommen." in second.text


def test_another_providers_request_is_not_found(portal: Stack, staff: Browser) -> None:
    stranger = portal.provider()
    theirs = portal.customer(stranger)
    submitted = portal.call(
        "requests.submit", theirs.token, title=TITLE, description="", site_id=theirs.site_id
    )
    address = f"/provider/requests/{submitted['request_id']}"
    assert staff.open(address).status == 404
    fields = staff.open("/provider/").form("/sign-out").fields | {"reason": "x", "command_id": str(uuid4())}
    for answer in ("accept", "decline"):
        assert staff.send(f"{address}/{answer}", fields).status_code == 404
    assert staff.open(f"/provider/companies/{theirs.company_id}").status == 404
    assert TITLE not in staff.open("/provider/").text


def test_the_way_back_after_an_answer_stays_in_the_portal(staff: Browser, request_id: str) -> None:
    page = staff.open("/provider/").submit("/accept", back="//evil.example/")
    assert page.path == "/provider/"


def test_a_company_is_found_by_its_name_and_shows_what_it_has(staff: Browser, people: Company) -> None:
    found = staff.open("/provider/companies?search=bäck")
    assert "Bäckerei Müller" in found.text
    assert "Kein Unternehmen gefunden" in staff.open("/provider/companies?search=nirgends").text
    address = re.search(r"/provider/companies/[0-9a-f-]{36}", found.html)
    assert address is not None
    text = staff.open(address[0]).text
    for shown in ("Jörg Müller", "Hauptansprechpartner", "Filiale Süd", "Gasbrennwertkessel"):
        assert shown in text
