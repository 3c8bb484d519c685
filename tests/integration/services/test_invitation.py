"""An invitation reaches the main contact, is good once, and ends when it should."""

from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from services.invitation import invitations
from shared.contracts.errors import (
    AlreadyActive,
    Conflict,
    InvalidEmail,
    InvalidTransition,
    NoMainContact,
    NotFound,
    NotificationsDisabled,
    PortalNotActive,
    ValidationFailed,
)
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from tests.integration.services.answering import at_once
from tests.integration.services.belongings import add_contact
from tests.integration.services.inviting import (
    accept,
    company_with,
    invited,
    sent_long_ago,
    state,
    token_of,
)
from tests.support.stack import Stack


@pytest.fixture
def token(portal: Stack, staff: str) -> str:
    """The secret of an open invitation."""
    return token_of(portal, invited(portal, staff, company_with(portal, staff)))


def test_the_portal_says_whether_it_is_on_and_since_when(portal: Stack, staff: str):
    first = portal.call("invitation.portal_status", staff)
    portal.call("invitation.activate_portal", staff)
    assert portal.call("invitation.portal_status", staff) == first
    portal.call("invitation.deactivate_portal", staff)
    off = portal.call("invitation.portal_status", staff)
    assert (first["active"], off["active"], first["since"] < off["since"]) == (True, False, True)


def test_nobody_is_invited_while_the_portal_is_off(portal: Stack, staff: str):
    company_id = company_with(portal, staff)
    portal.call("invitation.deactivate_portal", staff)
    with pytest.raises(PortalNotActive, match="switch the plugin “Kundenportal” on"):
        invited(portal, staff, company_id)


@pytest.mark.parametrize(
    ("contact", "refusal"),
    [
        ({"email": None}, InvalidEmail),
        ({"email": "zoe@"}, InvalidEmail),
        ({"notifications_enabled": False}, NotificationsDisabled),
    ],
)
def test_what_is_missing_at_the_main_contact_is_named(portal: Stack, staff: str, contact, refusal):
    with pytest.raises(refusal):
        invited(portal, staff, company_with(portal, staff, **contact))


def test_a_company_without_a_main_contact_is_not_invited(portal: Stack, staff: str):
    company_id = portal.call("customers.register_company", staff, name="Gasthof Post")["company_id"]
    add_contact(portal, staff, company_id)
    with pytest.raises(NoMainContact):
        invited(portal, staff, company_id)


def test_staff_can_ask_beforehand_what_is_missing(portal: Stack, staff: str):
    def conditions(company_id: str) -> tuple[list[str], bool]:
        found = portal.call("invitation.conditions", staff, company_id=company_id)
        return found["missing"], found["has_account"]

    silent = company_with(portal, staff, email=None, notifications_enabled=False)
    assert conditions(silent) == (["invalid_email", "notifications_disabled"], False)
    company_id = company_with(portal, staff)
    assert conditions(company_id) == ([], False)
    accept(portal, token_of(portal, invited(portal, staff, company_id)))
    assert conditions(company_id) == ([], True)
    portal.call("invitation.deactivate_portal", staff)
    assert conditions(company_id) == (["portal_not_active"], True)


def test_who_has_an_account_is_not_invited_again(portal: Stack, staff: str):
    company_id = company_with(portal, staff)
    accept(portal, token_of(portal, invited(portal, staff, company_id)))
    with pytest.raises(AlreadyActive):
        invited(portal, staff, company_id)


def test_looking_at_an_invitation_consumes_nothing(portal: Stack, staff: str):
    company_id = company_with(portal, staff, email="Zoe@öztürk.example.com")
    token = token_of(portal, invited(portal, staff, company_id))
    looks = [portal.call("invitation.check", token=token) for _ in range(3)]
    assert (
        looks
        == [
            {
                "state": "open",
                "company_name": "Gasthof Post",
                "provider_name": "Huber Heizungsbau GmbH",
                "email": "Zoe@öztürk.example.com",
            }
        ]
        * 3
    )
    with pytest.raises(ValidationFailed):
        accept(portal, token, "kurz")
    assert accept(portal, token)["caller"]["company_id"] == company_id


def test_a_token_is_good_for_one_account(portal: Stack, token: str):
    accept(portal, token)
    with pytest.raises(InvalidTransition) as refused:
        accept(portal, token)
    assert (refused.value.details, state(portal, token)) == ({"state": "accepted"}, "accepted")


def test_of_several_who_accept_at_once_one_gets_the_account(portal: Stack, token: str):
    outcomes = at_once([partial(accept, portal, token)] * 6)
    assert len([each for each in outcomes if isinstance(each, dict)]) == 1
    refusals = [each for each in outcomes if not isinstance(each, dict)]
    assert all(isinstance(each, InvalidTransition) for each in refusals)
    assert all(each.details == {"state": "accepted"} for each in refusals)


def test_a_password_is_rated_with_nothing_held(portal: Stack, staff: str, portal_database: Engine):
    """Also while the company's invitations are somebody else's, who would otherwise be waited for."""
    company_id = company_with(portal, staff)
    token = token_of(portal, invited(portal, staff, company_id))
    with unit_of_work(portal_database, Scope.EVERYTHING) as unit:
        invitations.hold(unit, UUID(company_id))
        with pytest.raises(ValidationFailed):
            accept(portal, token, "kurz")
    assert accept(portal, token)


def test_of_several_invitations_at_once_one_is_open(portal: Stack, staff: str):
    for _ in range(8):
        company_id = company_with(portal, staff)
        at_once([partial(invited, portal, staff, company_id)] * 6)
        listed = portal.call("invitation.invitations", staff, company_id=company_id)["items"]
        assert sorted(each["state"] for each in listed) == ["open"] + ["revoked"] * 5


def test_a_new_invitation_ends_the_one_before(portal: Stack, staff: str):
    company_id = company_with(portal, staff)
    first = token_of(portal, invited(portal, staff, company_id))
    second = token_of(portal, invited(portal, staff, company_id))
    assert (state(portal, first), state(portal, second)) == ("revoked", "open")
    with pytest.raises(InvalidTransition):
        accept(portal, first)
    accept(portal, second)


def test_a_new_token_of_an_invitation_ends_the_one_before(portal: Stack, staff: str):
    invitation_id = invited(portal, staff, company_with(portal, staff))
    first, second = token_of(portal, invitation_id), token_of(portal, invitation_id)
    with pytest.raises(NotFound):
        accept(portal, first)
    accept(portal, second)


def test_a_revoked_invitation_is_good_for_nothing(portal: Stack, staff: str):
    invitation_id = invited(portal, staff, company_with(portal, staff))
    token = token_of(portal, invitation_id)
    for _ in range(2):
        portal.call("invitation.revoke", staff, invitation_id=invitation_id)
    with pytest.raises(InvalidTransition):
        accept(portal, token)
    with pytest.raises(InvalidTransition):
        token_of(portal, invitation_id)


def test_an_accepted_invitation_can_not_be_revoked(portal: Stack, staff: str):
    invitation_id = invited(portal, staff, company_with(portal, staff))
    accept(portal, token_of(portal, invitation_id))
    with pytest.raises(InvalidTransition):
        portal.call("invitation.revoke", staff, invitation_id=invitation_id)


def test_an_invitation_that_has_run_out_says_so(portal: Stack, portal_database: Engine, staff: str):
    company_id = company_with(portal, staff)
    token = sent_long_ago(portal, portal_database, staff, company_id).token
    assert state(portal, token) == "expired"
    with pytest.raises(InvalidTransition) as refused:
        accept(portal, token)
    assert refused.value.details == {"state": "expired"}
    assert accept(portal, token_of(portal, invited(portal, staff, company_id)))


def test_an_unknown_token_is_not_found(portal: Stack):
    with pytest.raises(NotFound):
        state(portal, "no-such-token")
    with pytest.raises(NotFound):
        accept(portal, "no-such-token")


def test_an_address_has_one_account(portal: Stack, staff: str):
    email = f"{uuid4()}@example.com"
    accept(portal, token_of(portal, invited(portal, staff, company_with(portal, staff, email=email))))
    again = company_with(portal, staff, email=email.upper())
    token = token_of(portal, invited(portal, staff, again))
    with pytest.raises(Conflict, match="already has an account"):
        accept(portal, token)
    assert state(portal, token) == "open"


@pytest.mark.parametrize(
    "password",
    [
        "a" * 11,
        "x" * 129,
        "passwort1234",
        "qwertzuiop123",
        "123456789012",
        " " * 12,
        "zoe.oeztuerk",
        "gasthof post",
        "huber heizungsbau gmbh",
        "oberhuber-öztürk",
        "zoë oberhuber-öztürk",
        None,
    ],
)
def test_a_password_that_is_short_endless_or_easy_to_guess_is_refused(portal: Stack, staff: str, password):
    email = f"zoe.oeztuerk@{uuid4().hex}.example.com"
    company_id = company_with(portal, staff, email=email, last_name="Oberhuber-Öztürk")
    token = token_of(portal, invited(portal, staff, company_id))
    with pytest.raises(ValidationFailed) as refused:
        accept(portal, token, password or email)
    assert refused.value.fields.keys() == {"password"}
    assert state(portal, token) == "open"
