"""Whoever sends without a pause is told to wait; nobody else waits for that, and reading goes on."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask

from services.gateway.app import create_app
from services.gateway.changes import Changes
from services.gateway.settings import Settings
from shared.config import ConfigurationError
from tests.integration.gateway.api_client import ApiClient
from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import SECRET, Company
from tests.support.scene import PASSWORD
from tests.support.stack import Stack

A_MINUTE = 3
ENVIRONMENT = {"AMQP_URI": "amqp://broker", "PORTAL_GATEWAY_SECRET": SECRET}


@pytest.fixture
def bounded(portal: Stack) -> Iterator[Flask]:
    """A gateway that takes three changes of a caller a minute."""
    changes = Changes(portal.amqp_uri, name="changes of the bounded")
    yield create_app(
        portal.client,
        changes=changes,
        files=portal.files,
        secret_key=SECRET,
        secure_cookies=False,
        changes_per_minute=A_MINUTE,
    )
    changes.close()


def signed_in(app: Flask, email: str, address: str) -> Browser:
    browser = Browser(app, address)
    browser.sign_in(email, PASSWORD)
    return browser


def request_with(browser: Browser, people: Company, title: str) -> int:
    form = browser.open("/requests/new").form("/requests/new")
    details = {"title": title, "description": "Er tropft.", "site_id": people.customer.site_id}
    return browser.send("/requests/new", form.fields | details).status_code


def program_of(app: Flask, people: Company) -> ApiClient:
    return ApiClient.with_token(app.test_client(), people.customer.token)


def withdraw(program: ApiClient, address: str) -> tuple[int, str]:
    """A change that needs a token."""
    program.client.environ_base["REMOTE_ADDR"] = address
    answer = program.send("POST", f"/requests/{uuid4()}/withdraw", json={})
    return answer.status_code, answer.get_json()["code"]


def renew(nobody: ApiClient, address: str) -> int:
    """A change that needs none."""
    nobody.client.environ_base["REMOTE_ADDR"] = address
    return nobody.send("POST", "/invitations/unknown/renew", json={}).status_code


def test_an_account_that_sends_too_much_waits_and_can_send_the_same_again(bounded: Flask, people: Company):
    browser = signed_in(bounded, people.customer.email, "203.0.113.1")
    for number in range(A_MINUTE):
        assert request_with(browser, people, f"Anfrage {number}") == 303
    form = browser.open("/requests/new").form("/requests/new")
    details = {"title": "Zu viel", "description": "Er tropft.", "site_id": people.customer.site_id}
    refused = browser.send("/requests/new", form.fields | details)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "Das waren zu viele Versuche" in refused.get_data(as_text=True)
    assert 'value="Zu viel"' in refused.get_data(as_text=True)
    listed = browser.open("/requests").html
    assert ("Anfrage 2" in listed, "Zu viel" in listed) == (True, False)


def test_another_account_at_the_same_address_goes_on(bounded: Flask, people: Company):
    busy = signed_in(bounded, people.customer.email, "203.0.113.2")
    for number in range(A_MINUTE + 1):
        request_with(busy, people, f"Anfrage {number}")
    staff = signed_in(bounded, people.staff_email, "203.0.113.2")
    assert staff.open("/provider/").submit("/sign-out").address == "/sign-in"


def test_who_is_not_signed_in_counts_by_address_and_programs_are_told_in_their_way(
    bounded: Flask, people: Company
):
    program = program_of(bounded, people)
    for _ in range(A_MINUTE):
        assert withdraw(program, "203.0.113.3") == (404, "not_found")
    assert withdraw(program, "203.0.113.3") == (429, "too_many_attempts")
    assert withdraw(program, "203.0.113.4") == (404, "not_found")


def test_a_network_in_which_one_can_take_any_address_counts_as_one(bounded: Flask, people: Company):
    program = program_of(bounded, people)
    for number in range(A_MINUTE):
        assert withdraw(program, f"2001:db8:3::{number}") == (404, "not_found")
    assert withdraw(program, "2001:db8:3::ffff") == (429, "too_many_attempts")
    assert withdraw(program, "2001:db8:4::1") == (404, "not_found")


def test_what_is_sent_without_a_token_holds_up_no_program_at_the_same_address(
    bounded: Flask, people: Company
):
    nobody = ApiClient(bounded.test_client())
    assert [renew(nobody, "203.0.113.5") for _ in range(A_MINUTE + 1)] == [202] * A_MINUTE + [429]
    assert withdraw(program_of(bounded, people), "203.0.113.5") == (404, "not_found")


@pytest.mark.parametrize(("verb", "path"), [("POST", "/nowhere"), ("DELETE", "/requests")])
def test_what_is_sent_to_no_address_that_there_is_counts_for_nothing(bounded: Flask, verb: str, path: str):
    nobody = ApiClient(bounded.test_client())
    nobody.client.environ_base["REMOTE_ADDR"] = "203.0.113.6"
    for _ in range(A_MINUTE + 1):
        assert nobody.send(verb, path).status_code in (404, 405)
    assert renew(nobody, "203.0.113.6") == 202


def test_how_much_is_too_much_is_a_setting():
    assert Settings.from_environment(ENVIRONMENT).changes_per_minute == 300
    unbounded = Settings.from_environment(ENVIRONMENT | {"PORTAL_CHANGES_PER_MINUTE": "0"})
    assert unbounded.changes_per_minute == 0
    with pytest.raises(ConfigurationError, match="PORTAL_CHANGES_PER_MINUTE"):
        Settings.from_environment(ENVIRONMENT | {"PORTAL_CHANGES_PER_MINUTE": "many"})
