"""Pages speak the language of the account, else the browser's."""

import pytest
from flask import Flask

from shared.contracts.declare import ERASED
from tests.integration.gateway.browser import Browser, Page
from tests.integration.gateway.conftest import Company
from tests.support.stack import PASSWORD, Stack


def browser_that_prefers(languages: str, gateway: Flask) -> Browser:
    browser = Browser(gateway)
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = languages
    return browser


@pytest.mark.parametrize(
    ("preferred", "language", "title"),
    [("en-GB,de;q=0.5", "en", "Sign in"), ("de-AT,en", "de", "Anmelden"), ("fr", "de", "Anmelden")],
)
def test_before_signing_in_the_browser_decides(
    gateway: Flask, preferred: str, language: str, title: str
) -> None:
    page = browser_that_prefers(preferred, gateway).open("/sign-in")
    assert f'<html lang="{language}">' in page.html
    assert f"<title>{title} – " in page.html


def test_a_language_that_is_chosen_stays(gateway: Flask) -> None:
    browser = browser_that_prefers("de", gateway)
    form = browser.open("/forgotten-password").form("/language")
    page = Page(browser, browser.send(form.action, form.fields | {"language": "en"}, follow=True))
    assert page.path == "/forgotten-password"
    assert "Forgotten password" in page.text
    assert "Forgotten password" in browser.open("/forgotten-password").text


def test_a_language_that_was_chosen_before_signing_in_stays(people: Company, gateway: Flask) -> None:
    browser = browser_that_prefers("de", gateway)
    form = browser.open("/sign-in").form("/language")
    browser.send(form.action, form.fields | {"language": "en"})
    assert "Overview" in browser.sign_in(people.customer.email, PASSWORD).text


def test_staff_choose_a_language_on_every_page(staff: Browser) -> None:
    form = staff.open("/provider/orders").form("/language")
    page = Page(staff, staff.send(form.action, form.fields | {"language": "en"}, follow=True))
    assert page.path == "/provider/orders"
    assert "Orders" in page.text


@pytest.mark.parametrize(("preferred", "said"), [("de", "[gelöscht]"), ("en", "[erased]")])
def test_what_was_erased_is_called_so_in_the_language_of_the_page(
    gateway: Flask, preferred: str, said: str
) -> None:
    with gateway.test_request_context(headers={"Accept-Language": preferred}):
        shown = gateway.jinja_env.from_string("<b>{{ name }}</b>").render(name=f"{ERASED} & Söhne")
    assert shown == f"<b>{said} &amp; Söhne</b>"


def test_after_signing_in_the_account_decides(portal: Stack, people: Company, gateway: Flask) -> None:
    german = browser_that_prefers("en", gateway)
    assert "Übersicht" in german.sign_in(people.customer.email, PASSWORD).text
    contact = portal.call("portal_read.settings", people.customer.token)["contact"]
    changed = portal.call(
        "customers.update_contact",
        people.customer.token,
        contact_id=contact["contact_id"],
        language="en",
    )
    portal.call("portal_read.settings", people.customer.token, at_least=changed["position"])
    english = Browser(gateway)
    page = english.sign_in(people.customer.email, PASSWORD)
    assert "Overview" in page.text
    assert "Neue" not in page.text
    assert "As of " in english.open("/requests").text
