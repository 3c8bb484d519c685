"""Staff see their provider's invitations as they stand now, newest first."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine

from shared.contracts.errors import NotFound, ValidationFailed
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


def listed(portal: Stack, staff: str, **arguments) -> list[tuple[str, str]]:
    items = portal.call("invitation.invitations", staff, **arguments)["items"]
    return [(item["invitation_id"], item["state"]) for item in items]


def test_each_invitation_is_listed_in_its_state(portal: Stack, portal_database: Engine, staff: str):
    companies = [company_with(portal, staff) for _ in range(4)]
    expired = sent_long_ago(portal, portal_database, staff, companies[0]).invitation_id
    accepted = sent(portal, staff, companies[1])
    accept(portal, accepted.token)
    revoked = invited(portal, staff, companies[2])
    portal.call("invitation.revoke", staff, invitation_id=revoked)
    still_open = invited(portal, staff, companies[3])
    assert listed(portal, staff) == [
        (still_open, "open"),
        (revoked, "revoked"),
        (accepted.invitation_id, "accepted"),
        (expired, "expired"),
    ]
    assert listed(portal, staff, company_id=companies[2]) == [(revoked, "revoked")]


def test_an_invitation_says_whom_it_is_for_and_when_it_was_accepted(portal: Stack, staff: str):
    email = f"{uuid4()}@example.com"
    company_id = company_with(portal, staff, email=email)
    invitation = sent(portal, staff, company_id)
    (before,) = portal.call("invitation.invitations", staff)["items"]
    accept(portal, invitation.token)
    (after,) = portal.call("invitation.invitations", staff)["items"]
    assert (before["email"], before["company_id"], before["accepted_at"]) == (email, company_id, None)
    assert after["invited_at"] < after["accepted_at"] < after["expires_at"]


def test_an_invitation_that_lapsed_is_listed_as_revoked_at_once(portal: Stack, staff: str):
    company_id = company_with(portal, staff)
    invitation_id = invited(portal, staff, company_id)
    other = add_contact(portal, staff, company_id, email=f"{uuid4()}@example.com")
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=other)
    assert listed(portal, staff) == [(invitation_id, "revoked")]


def test_pages_hold_every_invitation_once(portal: Stack, staff: str):
    company_id = company_with(portal, staff)
    made = [invited(portal, staff, company_id) for _ in range(51)]
    first = portal.call("invitation.invitations", staff, company_id=company_id)
    second = portal.call("invitation.invitations", staff, company_id=company_id, cursor=first["next"])
    seen = [item["invitation_id"] for item in first["items"] + second["items"]]
    assert (len(first["items"]), second["next"]) == (50, None)
    assert seen == list(reversed(made))
    assert [item["state"] for item in first["items"]] == ["open"] + ["revoked"] * 49


def test_the_list_is_filtered_by_state(portal: Stack, portal_database: Engine, staff: str):
    companies = [company_with(portal, staff) for _ in range(4)]
    expired = sent_long_ago(portal, portal_database, staff, companies[0]).invitation_id
    accepted = sent(portal, staff, companies[1])
    accept(portal, accepted.token)
    revoked, still_open = (invited(portal, staff, company_id) for company_id in companies[2:])
    portal.call("invitation.revoke", staff, invitation_id=revoked)
    by_state = {
        "open": still_open,
        "revoked": revoked,
        "accepted": accepted.invitation_id,
        "expired": expired,
    }
    for state, invitation_id in by_state.items():
        assert listed(portal, staff, state=state) == [(invitation_id, state)]
    assert listed(portal, staff, state="open", company_id=companies[2]) == []
    portal.call("invitation.resend", staff, invitation_id=expired)
    assert listed(portal, staff, state="open") == [(still_open, "open"), (expired, "open")]


def test_one_that_lapsed_is_not_listed_as_open(portal: Stack, staff: str):
    company_id = company_with(portal, staff)
    invited(portal, staff, company_id)
    contact_is_now(portal, staff, company_id, email=f"{uuid4()}@example.com")
    assert listed(portal, staff, state="open") == []


def test_pages_of_one_state_hold_each_of_its_invitations_once(portal: Stack, staff: str):
    company_id = company_with(portal, staff)
    made = [invited(portal, staff, company_id) for _ in range(52)]
    first = portal.call("invitation.invitations", staff, state="revoked")
    second = portal.call("invitation.invitations", staff, state="revoked", cursor=first["next"])
    seen = [item["invitation_id"] for item in first["items"] + second["items"]]
    assert (seen, second["next"]) == (list(reversed(made[:-1])), None)


def test_invitations_of_an_unknown_company_are_not_found(portal: Stack, staff: str):
    with pytest.raises(NotFound):
        listed(portal, staff, company_id=str(uuid4()))
    with pytest.raises(ValidationFailed):
        listed(portal, staff, cursor="nonsense")
