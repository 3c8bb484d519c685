"""Settings: personal information, the provider's, the password, sessions, and delete and resync."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask

from tests.integration.gateway.browser import Browser, Page
from tests.integration.gateway.conftest import Company
from tests.support.stack import PASSWORD, Stack, wait_until

NEW_PASSWORD = "drei-ventile-am-heizkreis"


@pytest.fixture
def other(gateway: Flask, people: Company) -> Browser:
    """Another browser of the same customer."""
    browser = Browser(gateway)
    browser.sign_in(people.customer.email, PASSWORD)
    return browser


def test_the_settings_show_who_one_is_and_how_to_reach_the_provider(customer: Browser) -> None:
    page = customer.open("/settings")
    for shown in ("Bäckerei Müller", "Huber Heizungsbau GmbH", "info@huber.example.com"):
        assert shown in page.text
    fields = page.form("/settings/contact").fields
    assert (fields["first_name"], fields["last_name"], fields["language"]) == ("Jörg", "Müller", "de")


def test_changed_information_is_there_at_once_and_in_the_language_that_was_chosen(
    portal: Stack, people: Company, customer: Browser
) -> None:
    page = customer.open("/settings").submit(
        "/settings/contact", last_name="Müller-Huber", phone="+49 89 123456", language="en"
    )
    assert page.status == 200
    assert "Your details are saved." in page.text
    assert page.form("/settings/contact").fields["last_name"] == "Müller-Huber"
    contact = portal.call("portal_read.settings", people.customer.token)["contact"]
    assert (contact["phone"], contact["language"]) == ("+49 89 123456", "en")
    assert "Overview" in customer.open("/").text


def test_mails_can_be_switched_off(portal: Stack, people: Company, customer: Browser) -> None:
    form = customer.open("/settings").form("/settings/contact")
    fields = {name: value for name, value in form.fields.items() if name != "notifications_enabled"}
    page = Page(customer, customer.send("/settings/contact", fields, follow=True))
    assert "Ihre Angaben sind gespeichert." in page.text
    contact = portal.call("portal_read.settings", people.customer.token)["contact"]
    assert contact["notifications_enabled"] is False


def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(customer: Browser) -> None:
    page = customer.open("/settings").submit(
        "/settings/contact", first_name="", phone="keine", last_name="Neu"
    )
    assert page.status == 422
    assert 'id="first_name-error">Bitte füllen Sie dieses Feld aus.' in page.html
    assert 'id="phone-error">Bitte geben Sie eine Telefonnummer ein' in page.html
    assert page.form("/settings/contact").fields["last_name"] == "Neu"


def test_a_new_password_ends_all_other_sessions(
    gateway: Flask, people: Company, customer: Browser, other: Browser
) -> None:
    page = customer.open("/settings").submit("/settings/password", current=PASSWORD, new=NEW_PASSWORD)
    assert "Ihr neues Passwort gilt." in page.text
    assert "Anderer Browser" not in page.text
    assert customer.open("/").path == "/"
    assert Browser(gateway).sign_in(people.customer.email, PASSWORD).status == 401
    assert Browser(gateway).sign_in(people.customer.email, NEW_PASSWORD).path == "/"


def test_a_password_that_is_wrong_or_weak_is_said_at_its_field_and_not_shown(customer: Browser) -> None:
    page = customer.open("/settings").submit("/settings/password", current="falsch-falsch", new=NEW_PASSWORD)
    assert page.status == 422
    assert 'id="current-error">Das ist nicht Ihr jetziges Passwort.' in page.html
    weak = customer.open("/settings").submit("/settings/password", current=PASSWORD, new="kurz7")
    assert 'id="new-error">Bitte geben Sie 12 bis 128 Zeichen ein.' in weak.html
    for html in (page.html, weak.html):
        assert not any(secret in html for secret in ("falsch-falsch", NEW_PASSWORD, "kurz7", PASSWORD))


def test_another_browser_can_be_signed_out(customer: Browser, other: Browser) -> None:
    page = customer.open("/settings")
    assert page.text.count("Anderer Browser") >= 1
    [*_, form] = [form for form in page.forms if form.action.endswith("/end")]
    page = Page(customer, customer.send(form.action, form.fields, follow=True))
    assert "Die Anmeldung endet, spätestens in zehn Minuten." in page.text


def test_customers_take_a_copy_of_all_that_is_theirs_and_of_nothing_else(
    portal: Stack, people: Company, customer: Browser
) -> None:
    content = b"Kessel 7"
    sha256 = portal.upload(people.customer.token, people.customer.company_id, content)
    stored = {
        "filename": "Kessel <7>.txt",
        "media_type": "text/plain",
        "size": len(content),
        "sha256": sha256,
    }
    token = people.customer.token
    attachment = portal.call("documents.store_attachment", token, **stored)["attachment_id"]
    for number in range(20):
        asked = {
            "title": f"Anfrage {number}",
            "description": "<b>kalt</b>",
            "site_id": people.customer.site_id,
        }
        portal.call("requests.submit", token, **asked, attachment_ids=[] if number else [attachment])
    colleague = {"first_name": "Zenzi", "last_name": "Huber", "email": "zenzi@example.com"}
    portal.call(
        "customers.add_contact", people.staff_token, company_id=people.customer.company_id, **colleague
    )
    assert 'href="/settings/personal-data"' in customer.open("/settings").html
    answer = customer.client.get("/settings/personal-data")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="meine-daten.zip"'
    with ZipFile(BytesIO(answer.data)) as copy:
        assert copy.read("files/001.txt") == content
        cover, data = copy.read("index.html").decode(), json.loads(copy.read("data.json"))
    titles = [entry["data"]["title"] for entry in data["entries"] if entry["type"] == "request_submitted"]
    assert titles == [f"Anfrage {number}" for number in range(20)]
    assert data["entries"][0]["data"]["last_name"] == "Müller"
    assert len(data["sessions"]) >= 1
    assert "Anfrage 19" in cover
    assert "&lt;b&gt;kalt&lt;/b&gt;" in cover
    assert "Zenzi" not in cover + json.dumps(data)


def test_delete_and_resync_ends_with_what_has_changed(customer: Browser) -> None:
    page = customer.open("/settings").submit("/settings/resync")
    assert page.path.startswith("/settings/resync/")

    def done() -> bool:
        fragment = customer.client.get(page.path, headers={"HX-Request": "true"}).text
        assert "<html" not in fragment
        return "Fertig." in fragment

    wait_until(done, what="the view is built anew")
    assert "Nichts hat gefehlt, und nichts war falsch." in customer.open(page.path).text


def test_a_strangers_resync_is_not_found(
    portal: Stack, people: Company, gateway: Flask, customer: Browser
) -> None:
    path = customer.open("/settings").submit("/settings/resync").path
    stranger = Browser(gateway)
    stranger.sign_in(portal.customer(people.staff_token).email, PASSWORD)
    assert stranger.open(path).status == 404


@pytest.mark.parametrize(
    ("password", "words", "enough"),
    [("", "", False), ("kurz", "", False), (NEW_PASSWORD, "", True), ("mueller-mueller", "mueller", False)],
)
def test_the_strength_of_a_password_is_told_as_the_services_see_it(
    gateway: Flask, password: str, words: str, enough: bool
) -> None:
    browser = Browser(gateway)
    token = browser.open("/sign-in").form("/sign-in").fields["csrf_token"]
    answer = browser.send("/password-strength", {"csrf_token": token, "password": password, "words": words})
    assert answer.get_json()["enough"] is enough
    assert answer.get_json()["text"]
