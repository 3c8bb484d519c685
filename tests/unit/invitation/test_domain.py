"""A provider's portal is on or off; an invitation is open until it is accepted, revoked or has run out."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.invitation import activation, domain
from services.invitation.activation import PORTAL
from services.invitation.company import COMPANY, PROVIDER, Person
from services.invitation.domain import INVITATION, INVITATION_LIFETIME
from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ProviderRegistered,
    ProviderUpdated,
)
from shared.contracts.errors import AlreadyActive, InvalidTransition
from shared.contracts.invitation import (
    AccountActivated,
    CompanyAccess,
    CustomerInvited,
    InvitationResent,
    InvitationRevoked,
    InvitationState,
    PortalActivated,
    PortalDeactivated,
    portal_id_for,
)
from tests.support.given import given
from tests.unit.contracts.declarations import ALL_EVENTS, instances

PROVIDER_ID, COMPANY_ID, CONTACT, INVITATION_ID, ACCOUNT = (UUID(int=number) for number in range(1, 6))
NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
LATER = NOW + INVITATION_LIFETIME
EMAIL = "joerg@mueller.example.com"

on, off = PortalActivated(provider_id=PROVIDER_ID), PortalDeactivated(provider_id=PROVIDER_ID)
registered = CompanyRegistered(company_id=COMPANY_ID, name="Bäckerei Müller")
invited = CustomerInvited(
    invitation_id=INVITATION_ID, company_id=COMPANY_ID, contact_id=CONTACT, email=EMAIL, expires_at=LATER
)
resent = InvitationResent(
    invitation_id=INVITATION_ID,
    company_id=COMPANY_ID,
    contact_id=CONTACT,
    email=EMAIL,
    expires_at=LATER + INVITATION_LIFETIME,
)
revoked = InvitationRevoked(invitation_id=INVITATION_ID)
accepted = AccountActivated(
    invitation_id=INVITATION_ID, account_id=ACCOUNT, company_id=COMPANY_ID, contact_id=CONTACT, email=EMAIL
)
ACCEPTING = {"account_id": ACCOUNT, "now": NOW}


@pytest.mark.parametrize("history", [[], [on, off]])
def test_a_portal_is_off_until_it_is_switched_on(history):
    portal = PORTAL.fold(history)
    assert not activation.is_active(portal)
    given(PORTAL).when(activation.activate, portal=portal, provider_id=PROVIDER_ID).then(on)
    given(PORTAL).when(activation.deactivate, portal=portal, provider_id=PROVIDER_ID).then()


@pytest.mark.parametrize("history", [[on], [on, off, on]])
def test_switching_on_what_is_on_changes_nothing(history):
    portal = PORTAL.fold(history)
    assert activation.is_active(portal)
    given(PORTAL).when(activation.activate, portal=portal, provider_id=PROVIDER_ID).then()
    given(PORTAL).when(activation.deactivate, portal=portal, provider_id=PROVIDER_ID).then(off)


def test_a_provider_has_one_portal():
    assert portal_id_for(PROVIDER_ID) == portal_id_for(PROVIDER_ID)
    assert portal_id_for(PROVIDER_ID) != portal_id_for(COMPANY_ID)


def inviting(*, has_account: bool):
    arguments = {
        "invitation_id": INVITATION_ID,
        "person": Person(CONTACT, "Jörg", "Müller", EMAIL, True),
        "now": NOW,
    }
    return given(COMPANY, registered).when(domain.invite, **arguments, has_account=has_account)


def test_an_invitation_is_good_for_14_days():
    assert timedelta(days=14) == INVITATION_LIFETIME
    inviting(has_account=False).then(invited)


def test_who_has_an_account_is_not_invited_again():
    inviting(has_account=True).then_refused(AlreadyActive)


def test_an_open_invitation_can_be_accepted():
    given(INVITATION, invited).when(domain.accept, **ACCEPTING).then(accepted)


@pytest.mark.parametrize(
    ("event", "state"), [(revoked, InvitationState.REVOKED), (accepted, InvitationState.ACCEPTED)]
)
def test_an_invitation_that_has_ended_can_not_be_accepted(event, state):
    refusal = (
        given(INVITATION, invited, event).when(domain.accept, **ACCEPTING).then_refused(InvalidTransition)
    )
    assert refusal.details == {"state": state}


@pytest.mark.parametrize(("at", "state"), [(LATER - timedelta(seconds=1), "open"), (LATER, "expired")])
def test_an_invitation_runs_out_at_its_time(at, state):
    assert given(INVITATION, invited).state.state_at(at) == state


def test_who_has_accepted_is_told_to_sign_in_and_not_to_ask_for_another_invitation():
    refusal = (
        given(INVITATION, invited, accepted).when(domain.accept, **ACCEPTING).then_refused(InvalidTransition)
    )
    assert "sign in" in refusal.message


@pytest.mark.parametrize("event", [revoked, accepted])
def test_an_invitation_that_has_ended_does_not_run_out(event):
    invitation = given(INVITATION, invited, event).state
    assert invitation.state_at(LATER) is invitation.state


def test_an_invitation_that_has_run_out_can_not_be_accepted():
    refusal = (
        given(INVITATION, invited)
        .when(domain.accept, account_id=ACCOUNT, now=LATER)
        .then_refused(InvalidTransition)
    )
    assert refusal.details == {"state": "expired"}


def test_an_invitation_is_revoked_once_and_never_after_it_was_accepted():
    given(INVITATION, invited).when(domain.revoke).then(revoked)
    given(INVITATION, invited, revoked).when(domain.revoke).then()
    given(INVITATION, invited, accepted).when(domain.revoke).then_refused(InvalidTransition)


@pytest.mark.parametrize(
    ("has_account", "history", "access"),
    [
        (False, [], CompanyAccess.NOT_INVITED),
        (False, [invited], CompanyAccess.EXPIRED),
        (False, [invited, resent], CompanyAccess.INVITED),
        (False, [invited, revoked], CompanyAccess.NOT_INVITED),
        (False, [invited, accepted], CompanyAccess.NOT_INVITED),
        (True, [], CompanyAccess.ACTIVE),
        (True, [invited], CompanyAccess.ACTIVE),
    ],
)
def test_a_company_is_as_far_as_its_account_or_its_newest_invitation(has_account, history, access):
    assert domain.access(has_account, INVITATION.fold(history), LATER) is access


def test_an_invitation_is_sent_again_for_another_14_days_also_when_it_has_run_out():
    given(INVITATION, invited).when(domain.resend, now=LATER).then(resent)
    given(INVITATION, invited, resent).when(domain.accept, account_id=ACCOUNT, now=LATER).then(accepted)


@pytest.mark.parametrize("event", [revoked, accepted])
def test_an_invitation_that_has_ended_is_not_sent_again(event):
    refusal = given(INVITATION, invited, event).when(domain.resend, now=NOW).then_refused(InvalidTransition)
    assert refusal.details["state"] in ("revoked", "accepted")


@pytest.mark.parametrize(("history", "at"), [([invited], NOW), ([invited, revoked], LATER)])
def test_only_an_invitation_that_has_run_out_is_asked_for_anew(history, at):
    with pytest.raises(InvalidTransition):
        domain.must_have_expired(INVITATION.fold(history), at)
    domain.must_have_expired(INVITATION.fold([invited]), LATER)


@for_all(st.lists(st.sampled_from(["accept", "accept late", "revoke"]), max_size=6))
def test_whatever_is_tried_an_invitation_makes_one_account_at_most(attempts):
    decisions = {
        "accept": lambda invitation: domain.accept(invitation, **ACCEPTING),
        "accept late": lambda invitation: domain.accept(invitation, account_id=ACCOUNT, now=LATER),
        "revoke": domain.revoke,
    }
    history = [invited]
    for attempt in attempts:
        try:
            decided = decisions[attempt](INVITATION.fold(history))
        except InvalidTransition:
            continue
        history += [decided] if decided else []
    assert history in ([invited], [invited, accepted], [invited, revoked])


def test_names_are_as_they_were_last_told():
    details = {"provider_id": PROVIDER_ID, "email": EMAIL}
    huber = [ProviderRegistered(name="Huber", **details), ProviderUpdated(name="Huber & Sohn", **details)]
    assert given(PROVIDER, *huber).state.name == "Huber & Sohn"
    renamed = CompanyUpdated(company_id=COMPANY_ID, name="Konditorei Müller")
    assert given(COMPANY, registered, renamed).state.name == "Konditorei Müller"


@for_all(st.lists(st.sampled_from(ALL_EVENTS).flatmap(instances), max_size=6))
def test_any_history_folds(history):
    for kind, first in ((PORTAL, []), (INVITATION, [invited]), (PROVIDER, []), (COMPANY, [registered])):
        kind.fold([*first, *history])
