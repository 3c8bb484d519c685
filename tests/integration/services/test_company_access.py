"""Staff see how far each company has come into the portal, for a whole list at once."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine

from shared.contracts.errors import ValidationFailed
from tests.integration.services.belongings import add_contact
from tests.integration.services.inviting import (
    accept,
    company_with,
    contact_is_now,
    invited,
    sent,
    sent_long_ago,
)
from tests.support.stack import Stack


def accesses(portal: Stack, staff: str, *company_ids: str) -> list[str]:
    items = portal.call("invitation.access_of", staff, company_ids=list(company_ids))["items"]
    assert [each["company_id"] for each in items] == list(company_ids)
    return [each["access"] for each in items]


def test_each_company_is_as_far_as_its_newest_invitation(portal: Stack, portal_database: Engine, staff: str):
    companies = [company_with(portal, staff) for _ in range(5)]
    sent_long_ago(portal, portal_database, staff, companies[1])
    invited(portal, staff, companies[2])
    portal.call("invitation.revoke", staff, invitation_id=invited(portal, staff, companies[3]))
    accept(portal, sent(portal, staff, companies[4]).token)
    assert accesses(portal, staff, *companies) == [
        "not_invited",
        "expired",
        "invited",
        "not_invited",
        "active",
    ]


def test_each_state_says_since_when(portal: Stack, portal_database: Engine, staff: str):
    companies = [company_with(portal, staff) for _ in range(4)]
    sent_long_ago(portal, portal_database, staff, companies[1])
    for company_id in companies[2:]:
        invited(portal, staff, company_id)
    newest = {each["company_id"]: each for each in portal.call("invitation.invitations", staff)["items"]}
    accept(portal, sent(portal, staff, companies[3]).token)
    none, expired, asked, active = (
        each["since"] for each in portal.call("invitation.access_of", staff, company_ids=companies)["items"]
    )
    assert (none, expired) == (None, newest[companies[1]]["expires_at"])
    assert asked == newest[companies[2]]["invited_at"]
    assert active > newest[companies[3]]["invited_at"]
    portal.call("invitation.resend", staff, invitation_id=newest[companies[2]]["invitation_id"])
    [again] = portal.call("invitation.access_of", staff, company_ids=[companies[2]])["items"]
    assert again["since"] > asked


def test_what_counts_is_the_main_contact_of_today(portal: Stack, staff: str):
    company_id = company_with(portal, staff)
    accept(portal, sent(portal, staff, company_id).token)
    other = add_contact(portal, staff, company_id, email=f"{uuid4()}@example.com")
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=other)
    assert accesses(portal, staff, company_id) == ["not_invited"]
    invited(portal, staff, company_id)
    assert accesses(portal, staff, company_id) == ["invited"]
    contact_is_now(portal, staff, company_id, email=f"{uuid4()}@example.com")
    assert accesses(portal, staff, company_id) == ["not_invited"]


def test_companies_of_others_are_left_out(portal: Stack, staff: str):
    theirs = company_with(portal, portal.provider())
    asked = [theirs, str(uuid4())]
    assert portal.call("invitation.access_of", staff, company_ids=asked)["items"] == []
    with pytest.raises(ValidationFailed):
        portal.call("invitation.access_of", staff, company_ids=[str(uuid4()) for _ in range(201)])
