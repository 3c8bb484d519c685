"""A forgotten password: asking for a link, and setting another password with it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from services.invitation.tables import reset_tokens
from shared.identity.tokens import now
from tests.integration.gateway.browser import Browser, Page
from tests.integration.gateway.conftest import Company
from tests.support.stack import PASSWORD, Stack

NEW_PASSWORD = "drei-ventile-am-heizkreis"
SENT = "Wenn es zu dieser Adresse ein Konto gibt, ist eine E-Mail unterwegs."
ENDED = "Dieser Link gilt nicht mehr"


@pytest.fixture
def link(portal: Stack, people: Company) -> str:
    """The address that stands in the mail to the customer who forgot the password."""
    return f"/reset-password/{token_of(portal, people)}"


def token_of(portal: Stack, people: Company) -> str:
    """What makes a link of the customer's own; the one before it ends."""
    issued = portal.call(
        "invitation.issue_reset_token", portal.service, account_id=people.customer.account_id
    )
    return str(issued["token"])


def let_links_expire(engine: Engine, people: Company) -> None:
    """As if the mail were more than an hour old."""
    with engine.begin() as connection:
        connection.execute(
            reset_tokens.update()
            .where(reset_tokens.c.account_id == people.customer.account_id)
            .values(expires_at=now() - timedelta(seconds=1))
        )


def ask(browser: Browser, email: str) -> Page:
    return browser.open("/forgotten-password").submit("/forgotten-password", email=email)


def test_the_answer_is_the_same_whether_or_not_there_is_an_account(gateway: Flask, people: Company) -> None:
    known = ask(Browser(gateway), people.customer.email)
    unknown = ask(Browser(gateway), "nobody@example.com")
    assert (known.status, unknown.status) == (200, 200)
    assert SENT in known.text
    assert known.text == unknown.text


def test_the_sign_in_page_leads_to_the_page_for_a_forgotten_password(gateway: Flask) -> None:
    assert 'href="/forgotten-password"' in Browser(gateway).open("/sign-in").html


def test_an_address_must_be_given(gateway: Flask) -> None:
    page = ask(Browser(gateway), " ")
    assert page.status == 422
    assert 'id="email-error"' in page.html


def test_who_asks_too_often_is_told_to_wait(gateway: Flask) -> None:
    asking = Browser(gateway, "2001:db8:2::1")
    page = next(page for page in (ask(asking, "nobody@example.com") for _ in range(30)) if page.status == 429)
    assert "Das waren zu viele Versuche" in page.text
    assert int(page.answer.headers["Retry-After"]) >= 1
    assert page.form("/forgotten-password").fields["email"] == "nobody@example.com"


def test_opening_the_link_consumes_nothing_and_the_new_password_holds(
    gateway: Flask, people: Company, link: str
) -> None:
    for _ in range(3):
        page = Browser(gateway).open(link)
        assert f'value="{people.customer.email}"' in page.html
    page = page.submit(password=NEW_PASSWORD)
    assert page.path == "/sign-in"
    assert "Ihr neues Passwort gilt." in page.text
    assert Browser(gateway).sign_in(people.customer.email, PASSWORD).status == 401
    assert page.browser.sign_in(people.customer.email, NEW_PASSWORD).path == "/"


def test_a_weak_password_is_refused_at_the_field_and_the_link_stays_good(gateway: Flask, link: str) -> None:
    page = Browser(gateway).open(link).submit(password="kurz7")
    assert page.status == 422
    assert 'id="password-error">Bitte geben Sie 12 bis 128 Zeichen ein.' in page.html
    assert "kurz7" not in page.html
    assert page.submit(password=NEW_PASSWORD).path == "/sign-in"


def test_of_two_tabs_the_second_is_told_that_the_link_was_used(gateway: Flask, link: str) -> None:
    first, second = Browser(gateway).open(link), Browser(gateway).open(link)
    first.submit(password=NEW_PASSWORD)
    page = second.submit(password="ganz-andere-rohre-im-keller")
    assert page.status == 410
    assert ENDED in page.text
    assert 'href="/forgotten-password"' in page.html


def test_a_link_that_was_used_replaced_or_never_was_offers_another(
    portal: Stack, gateway: Flask, people: Company, link: str
) -> None:
    token_of(portal, people)
    for address in (link, "/reset-password/nothing"):
        page = Browser(gateway).open(address)
        assert page.status == 410
        assert ENDED in page.text


def test_a_link_of_more_than_an_hour_ago_has_ended(
    portal_database: Engine, gateway: Flask, people: Company, link: str
) -> None:
    page = Browser(gateway).open(link)
    let_links_expire(portal_database, people)
    assert Browser(gateway).open(link).status == 410
    assert page.submit(password=NEW_PASSWORD).status == 410
    assert Browser(gateway).sign_in(people.customer.email, PASSWORD).path == "/"


def test_a_new_password_ends_the_session_in_the_same_browser(customer: Browser, link: str) -> None:
    customer.open(link).submit(password=NEW_PASSWORD)
    assert customer.open("/").path == "/sign-in"
