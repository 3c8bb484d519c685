"""An invitation is sent again by staff, or when who holds one that has run out asks for it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, text

from shared.contracts.errors import InvalidTransition, NotFound, NotificationsDisabled, PortalNotActive
from shared.identity.tokens import now
from tests.integration.services.answering import at_once
from tests.integration.services.belongings import add_contact
from tests.integration.services.inviting import (
    Sent,
    accept,
    company_with,
    contact_is_now,
    sent,
    sent_long_ago,
    state,
    token_of,
)
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def staff(portal: Stack) -> str:
    return portal.provider()


@pytest.fixture
def company_id(portal: Stack, staff: str) -> str:
    return company_with(portal, staff)


@pytest.fixture
def expired(portal: Stack, portal_database: Engine, staff: str, company_id: str) -> Sent:
    return sent_long_ago(portal, portal_database, staff, company_id)


def resend(portal: Stack, staff: str, invitation_id: str) -> Any:
    return portal.call("invitation.resend", staff, invitation_id=invitation_id)


def ask_anew(portal: Stack, token: str) -> Any:
    return portal.call("invitation.request_new_invitation", token=token)


def times_sent_again(engine: Engine, invitation_id: str) -> int:
    statement = text(
        "SELECT count(*) FROM eventlog.events WHERE stream_id = :id AND type = 'invitation_resent'"
    )
    with engine.connect() as connection:
        return connection.execute(statement, {"id": invitation_id}).scalar_one()


def test_the_old_link_ends_at_once_and_the_new_one_is_good_for_14_days(portal: Stack, staff, company_id):
    invitation_id, token = sent(portal, staff, company_id)
    again = resend(portal, staff, invitation_id)
    assert again["invitation_id"] == invitation_id
    assert datetime.fromisoformat(again["expires_at"]) - now() > timedelta(days=14, minutes=-5)
    with pytest.raises(NotFound):
        accept(portal, token)
    assert accept(portal, token_of(portal, invitation_id))


def test_an_invitation_that_has_run_out_can_be_sent_again(portal: Stack, staff, expired: Sent):
    with pytest.raises(InvalidTransition):
        token_of(portal, expired.invitation_id)
    resend(portal, staff, expired.invitation_id)
    assert state(portal, token_of(portal, expired.invitation_id)) == "open"


def test_what_has_ended_is_not_sent_again(portal: Stack, staff):
    revoked, accepted = (sent(portal, staff, company_with(portal, staff)) for _ in range(2))
    portal.call("invitation.revoke", staff, invitation_id=revoked.invitation_id)
    accept(portal, accepted.token)
    for invitation in (revoked, accepted):
        with pytest.raises(InvalidTransition):
            resend(portal, staff, invitation.invitation_id)


def test_an_invitation_is_sent_again_only_under_the_conditions_of_inviting(portal: Stack, staff, company_id):
    invitation_id, _ = sent(portal, staff, company_id)
    contact_is_now(portal, staff, company_id, notifications_enabled=False)
    with pytest.raises(NotificationsDisabled) as refused:
        resend(portal, staff, invitation_id)
    assert refused.value.details == {"missing": ["notifications_disabled"]}


def test_an_invitation_is_not_sent_again_while_the_portal_is_off(portal: Stack):
    staff = portal.provider()
    invitation_id, _ = sent(portal, staff, company_with(portal, staff))
    portal.call("invitation.deactivate_portal", staff)
    with pytest.raises(PortalNotActive):
        resend(portal, staff, invitation_id)


def test_who_holds_a_link_that_has_run_out_has_it_sent_again_once(
    portal: Stack, portal_database: Engine, expired: Sent
):
    answers = at_once([partial(ask_anew, portal, expired.token)] * 4)
    assert all(answer == {"position": "0:0"} for answer in answers)
    assert times_sent_again(portal_database, expired.invitation_id) == 1
    with pytest.raises(NotFound):
        state(portal, expired.token)
    assert accept(portal, token_of(portal, expired.invitation_id))


def test_asking_anew_is_answered_the_same_whatever_comes_of_it(
    portal: Stack, portal_database: Engine, staff, company_id, expired: Sent
):
    still_open = sent(portal, staff, company_with(portal, staff))
    other = add_contact(portal, staff, company_id, email="nachfolge@example.com")
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=other)
    for token in ("no-such-token", still_open.token, expired.token):
        assert ask_anew(portal, token) == {"position": "0:0"}
    for invitation in (still_open, expired):
        assert times_sent_again(portal_database, invitation.invitation_id) == 0
    assert state(portal, still_open.token) == "open"
