"""The form of a new request: choosing among many sites, and files that were added."""

from typing import Any
from uuid import uuid4

from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.gateway.test_documents import wait_for_view
from tests.integration.services.belongings import attach
from tests.support.file_contents import TEXT
from tests.support.stack import Stack

TITLE = "Heizung im Keller fällt aus"


def text_file(portal: Stack, people: Company) -> str:
    details: dict[str, Any] = {"filename": "Größe.txt", "media_type": "text/plain", "size": len(TEXT)}
    return attach(portal, people.customer, TEXT, **details)


def send(browser: Browser, fields: dict[str, Any]) -> Any:
    form = browser.open("/requests/new").form("/requests/new")
    return browser.client.post("/requests/new", data=form.fields | {"title": TITLE} | fields)


def test_the_page_holds_all_steps_for_who_has_no_scripts(customer: Browser) -> None:
    page = customer.open("/requests/new")
    for text in ("Titel", "Beschreibung", "Einsatzort", "Anhänge", "Filiale Süd", "je höchstens 25 MB"):
        assert text in page.text
    assert {"title", "description", "site_id", "command_id"} <= page.form("/requests/new").fields.keys()


def test_files_that_were_added_belong_to_the_request(
    portal: Stack, people: Company, customer: Browser
) -> None:
    attachment_id = text_file(portal, people)
    answer = send(customer, {"attachment_ids": [attachment_id]})
    assert answer.status_code == 303
    assert "Größe.txt" in customer.open(answer.headers["Location"]).text


def test_files_stay_when_something_else_is_wrong(portal: Stack, people: Company, customer: Browser) -> None:
    attachment_id = text_file(portal, people)
    answer = send(customer, {"title": "ab", "attachment_ids": [attachment_id]})
    assert answer.status_code == 422
    assert f'name="attachment_ids" value="{attachment_id}"' in answer.text
    assert "Größe.txt" in answer.text


def test_a_file_that_is_not_the_callers_is_told_as_gone(customer: Browser) -> None:
    for strange in (str(uuid4()), "nonsense"):
        answer = send(customer, {"attachment_ids": [strange]})
        assert answer.status_code == 422
        assert "Eine Datei ist nicht mehr da." in answer.text
        assert strange not in answer.text


def test_a_site_is_searched_for_and_the_chosen_one_stays_in_the_list(
    portal: Stack, people: Company, customer: Browser
) -> None:
    staff, company_id = people.staff_token, people.customer.company_id
    portal.call("customers.add_site", staff, company_id=company_id, name="Lager Nord", address="Weg 3")
    wait_for_view(portal, people)
    chosen = people.customer.site_id
    found = customer.client.get(f"/requests/new/sites?search=lager&site_id={chosen}").text
    assert "Lager Nord" in found
    assert f'value="{chosen}" required checked' in found
    assert "Filiale Süd" not in customer.client.get("/requests/new/sites?search=lager").text


def test_the_equipment_of_the_chosen_site_can_be_chosen(people: Company, customer: Browser) -> None:
    found = customer.client.get(f"/requests/new/equipment?site_id={people.customer.site_id}").text
    assert f'value="{people.customer.equipment_id}"' in found
    for strange in (str(uuid4()), "nonsense", ""):
        assert "<select" not in customer.client.get(f"/requests/new/equipment?site_id={strange}").text


def test_who_comes_from_a_device_asks_about_that_one(people: Company, customer: Browser) -> None:
    site, device = people.customer.site_id, people.customer.equipment_id
    page = customer.open(f"/requests/new?site={site}&equipment={device}")
    fields = page.form("/requests/new").fields
    assert (fields["site_id"], fields["equipment_id"]) == (site, device)
