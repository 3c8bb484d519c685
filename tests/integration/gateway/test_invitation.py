"""Accepting an invitation."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.services.inviting import company_with, sent_long_ago
from tests.support.stack import PASSWORD, Stack


@pytest.fixture
def invited(portal: Stack, people: Company) -> str:
    """The address that stands in the mail to a newly invited contact."""
    staff = people.staff_token
    company_id = portal.call("customers.register_company", staff, name="Gasthof Post")["company_id"]
    contact_id = portal.call(
        "customers.add_contact",
        staff,
        company_id=company_id,
        first_name="Eva",
        last_name="Wirt",
        email=f"eva-{uuid4()}@example.com",
        notifications_enabled=True,
    )["contact_id"]
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=contact_id)
    invitation_id = portal.call("invitation.invite", staff, company_id=company_id)["invitation_id"]
    token = portal.call("invitation.issue_token", portal.service, invitation_id=invitation_id)["token"]
    return f"/invitation/{token}"


def test_opening_the_link_consumes_nothing_and_the_password_signs_in(gateway: Flask, invited: str) -> None:
    for _ in range(3):
        page = Browser(gateway).open(invited)
        assert "Huber Heizungsbau GmbH lädt Gasthof Post ein" in page.text
    page = page.submit(password=PASSWORD)
    assert (page.status, page.path) == (200, "/")
    assert "Willkommen!" in page.text
    assert "Gasthof Post" in page.text
    assert "Ihr Konto ist schon eingerichtet" in Browser(gateway).open(invited).text


def test_a_weak_password_is_refused_at_the_field_and_never_shown_again(gateway: Flask, invited: str) -> None:
    page = Browser(gateway).open(invited)
    short = page.submit(password="kurz7")
    assert short.status == 422
    assert "Bitte geben Sie 12 bis 128 Zeichen ein." in short.text
    assert "kurz7" not in short.html
    weak = short.submit(password="passwortpasswort1"[:4] * 4)
    assert weak.status == 422
    assert "Das ist zu leicht zu erraten." in weak.text
    assert weak.submit(password=PASSWORD).path == "/"


def test_an_unknown_link_is_not_found(gateway: Flask) -> None:
    assert Browser(gateway).open("/invitation/nothing").status == 404


def test_an_expired_invitation_can_be_sent_again_and_the_answer_is_always_the_same(
    portal: Stack, portal_database: Engine, gateway: Flask, people: Company
) -> None:
    company_id = company_with(portal, people.staff_token)
    expired = sent_long_ago(portal, portal_database, people.staff_token, company_id)
    page = Browser(gateway).open(f"/invitation/{expired.token}")
    assert "Diese Einladung ist abgelaufen" in page.text
    first, second = page.submit("/renew"), page.submit("/renew")
    assert (first.status, second.status) == (200, 200)
    assert "Ihre neue Einladung ist unterwegs" in first.text
    assert first.text == second.text
    listed = portal.call("invitation.invitations", people.staff_token, company_id=company_id)["items"]
    assert [each["state"] for each in listed] == ["open"]
    assert Browser(gateway).open(f"/invitation/{expired.token}").status == 404
