"""An invitation lapses with what it was meant for: its contact's role, presence and address."""

from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.invitation import domain
from services.invitation.company import COMPANY
from services.invitation.domain import INVITATION
from shared.contracts.customers import (
    CompanyRegistered,
    ContactAdded,
    ContactRemoved,
    ContactUpdated,
    MainContactSet,
)
from shared.contracts.invitation import CustomerInvited, InvitationState
from tests.unit.invitation.test_domain import accepted, revoked

COMPANY_ID, INVITATION_ID, ANNA, BERTA = (UUID(int=number) for number in (2, 4, 3, 6))
ADDRESSES = {ANNA: "anna@example.com", BERTA: "berta@example.com"}


def contact(contact_id: UUID, event=ContactAdded, email: str | None = None, *, notifications_enabled=True):
    return event(
        company_id=COMPANY_ID,
        contact_id=contact_id,
        first_name="Anna",
        last_name="Maier",
        email=email or ADDRESSES[contact_id],
        notifications_enabled=notifications_enabled,
    )


def main(contact_id: UUID) -> MainContactSet:
    return MainContactSet(company_id=COMPANY_ID, contact_id=contact_id)


def removed(contact_id: UUID) -> ContactRemoved:
    return ContactRemoved(company_id=COMPANY_ID, contact_id=contact_id)


def moved(contact_id: UUID, email: str) -> ContactUpdated:
    return contact(contact_id, ContactUpdated, email)


at_first = COMPANY.fold(
    [CompanyRegistered(company_id=COMPANY_ID, name="Maier KG"), contact(ANNA), contact(BERTA), main(ANNA)]
)
invited = CustomerInvited(
    invitation_id=INVITATION_ID,
    company_id=COMPANY_ID,
    contact_id=ANNA,
    email=ADDRESSES[ANNA],
    expires_at="2026-10-15T09:00:00Z",
)


def standing(*since, history=()) -> InvitationState:
    return domain.as_it_stands(INVITATION.fold([invited, *history]), at_first, since).state


@pytest.mark.parametrize(
    "since",
    [
        [],
        [contact(ANNA, ContactUpdated, notifications_enabled=False)],
        [moved(ANNA, "ANNA@example.com")],
        [moved(BERTA, "neu@example.com"), removed(BERTA)],
    ],
)
def test_an_invitation_stays_open_while_it_reaches_the_main_contact(since):
    assert standing(*since) is InvitationState.OPEN


@pytest.mark.parametrize(
    "since", [[main(BERTA)], [removed(ANNA)], [moved(ANNA, "neu@example.com")], [main(BERTA), removed(ANNA)]]
)
def test_an_invitation_lapses_when_its_contact_changes(since):
    assert standing(*since) is InvitationState.REVOKED


@pytest.mark.parametrize(
    "since",
    [
        [main(BERTA), main(ANNA)],
        [moved(ANNA, "neu@example.com"), moved(ANNA, ADDRESSES[ANNA])],
    ],
)
def test_what_lapsed_for_a_moment_stays_so(since):
    assert standing(*since) is InvitationState.REVOKED


def test_an_invitation_that_a_change_overtook_has_lapsed_from_the_start():
    changed = COMPANY.evolve(at_first, main(BERTA))
    assert domain.as_it_stands(INVITATION.fold([invited]), changed, []).state is InvitationState.REVOKED
    assert domain.as_it_stands(INVITATION.fold([invited]), None, []).state is InvitationState.REVOKED


def test_an_accepted_invitation_does_not_lapse():
    assert standing(main(BERTA), history=[accepted]) is InvitationState.ACCEPTED
    assert standing(main(BERTA), history=[revoked]) is InvitationState.REVOKED


CHANGES = st.lists(
    st.sampled_from(
        [
            main(ANNA),
            main(BERTA),
            removed(BERTA),
            moved(ANNA, "neu@example.com"),
            moved(ANNA, "anna@example.com"),
        ]
    ),
    max_size=6,
)


@for_all(CHANGES, CHANGES)
def test_an_invitation_that_has_lapsed_never_comes_back(first, then):
    if standing(*first) is InvitationState.REVOKED:
        assert standing(*first, *then) is InvitationState.REVOKED
