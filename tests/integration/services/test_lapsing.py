"""An invitation ends, at once and for good, when it no longer reaches the company's main contact."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from services.invitation import invitations
from shared.contracts.errors import InvalidTransition, Unauthenticated
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from tests.integration.services.belongings import add_contact
from tests.integration.services.inviting import accept, company_with, contact_is_now, sent, state, token_of
from tests.support.scene import PASSWORD
from tests.support.stack import Stack
from tests.support.waiting import wait_until

_HANDLED = """
    SELECT (SELECT count(*) FROM eventlog.events WHERE company_id = :company_id AND type = :type)
         = (SELECT count(*)
              FROM eventlog.events AS e
              JOIN eventlog.inbox AS i ON i.event_id = e.event_id AND i.subscription = 'invitation.' || :type
             WHERE e.company_id = :company_id)
"""


@pytest.fixture(scope="module")
def staff(portal: Stack) -> str:
    return portal.provider()


@pytest.fixture
def company_id(portal: Stack, staff: str) -> str:
    return company_with(portal, staff)


def main_contact(portal: Stack, staff: str, company_id: str) -> str:
    return portal.call("customers.company", staff, company_id=company_id)["main_contact_id"]


def set_main(portal: Stack, staff: str, company_id: str, contact_id: str) -> None:
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=contact_id)


def newcomer(portal: Stack, staff: str, company_id: str) -> str:
    return add_contact(portal, staff, company_id, email=f"{uuid4()}@example.com")


def wait_for_subscription(engine: Engine, company_id: str, event_type: str) -> None:
    def handled() -> bool:
        with engine.connect() as connection:
            values = {"company_id": company_id, "type": event_type}
            return connection.execute(text(_HANDLED), values).scalar_one()

    wait_until(handled, what=f"invitation has handled {event_type}")


def times_revoked(engine: Engine, invitation_id: str) -> int:
    statement = text(
        "SELECT count(*) FROM eventlog.events WHERE stream_id = :id AND type = 'invitation_revoked'"
    )
    with engine.connect() as connection:
        return connection.execute(statement, {"id": invitation_id}).scalar_one()


def must_have_ended(
    portal: Stack, staff: str, engine: Engine, invitation, event_type: str, company_id
) -> None:
    """At once for who holds the link, and a moment later in the log, once."""
    assert state(portal, invitation.token) == "revoked"
    for use in (
        lambda: accept(portal, invitation.token),
        lambda: token_of(portal, invitation.invitation_id),
        lambda: portal.call("invitation.resend", staff, invitation_id=invitation.invitation_id),
    ):
        with pytest.raises(InvalidTransition) as refused:
            use()
        assert refused.value.details == {"state": "revoked"}
    wait_for_subscription(engine, company_id, event_type)
    assert times_revoked(engine, invitation.invitation_id) == 1


def test_with_another_main_contact_the_invitation_of_the_former_one_ends(
    portal: Stack, portal_database: Engine, staff, company_id
):
    invitation = sent(portal, staff, company_id)
    set_main(portal, staff, company_id, newcomer(portal, staff, company_id))
    must_have_ended(portal, staff, portal_database, invitation, "main_contact_set", company_id)
    accept(portal, sent(portal, staff, company_id).token)


def test_with_another_address_the_invitation_to_the_old_one_ends(
    portal: Stack, portal_database: Engine, staff, company_id
):
    invitation = sent(portal, staff, company_id)
    contact_is_now(portal, staff, company_id, email=f"neu-{uuid4()}@example.com")
    must_have_ended(portal, staff, portal_database, invitation, "contact_updated", company_id)


def test_another_name_ends_nothing(portal: Stack, portal_database: Engine, staff, company_id):
    invitation = sent(portal, staff, company_id)
    contact_is_now(portal, staff, company_id, last_name="Maier-Öztürk")
    wait_for_subscription(portal_database, company_id, "contact_updated")
    assert state(portal, invitation.token) == "open"
    assert times_revoked(portal_database, invitation.invitation_id) == 0


def test_who_became_main_contact_again_needs_another_invitation(
    portal: Stack, portal_database: Engine, staff, company_id
):
    first, second = main_contact(portal, staff, company_id), newcomer(portal, staff, company_id)
    invitation = sent(portal, staff, company_id)
    set_main(portal, staff, company_id, second)
    set_main(portal, staff, company_id, first)
    must_have_ended(portal, staff, portal_database, invitation, "main_contact_set", company_id)


def test_news_that_come_late_do_not_end_a_newer_invitation(
    portal: Stack, portal_database: Engine, staff, company_id
):
    first, second = main_contact(portal, staff, company_id), newcomer(portal, staff, company_id)
    for _ in range(3):
        set_main(portal, staff, company_id, second)
        set_main(portal, staff, company_id, first)
        newer = sent(portal, staff, company_id)
    wait_for_subscription(portal_database, company_id, "main_contact_set")
    assert state(portal, newer.token) == "open"
    # And once more, as a delivery would that comes now.
    with unit_of_work(portal_database, Scope.EVERYTHING) as unit:
        invitations.end_lapsed(unit, UUID(company_id))
        assert unit.pending == []
    assert accept(portal, newer.token)


def test_several_contacts_of_a_company_can_have_accounts(portal: Stack, staff, company_id):
    first = accept(portal, sent(portal, staff, company_id).token)
    set_main(portal, staff, company_id, newcomer(portal, staff, company_id))
    second = accept(portal, sent(portal, staff, company_id).token)
    assert first["caller"]["company_id"] == second["caller"]["company_id"] == company_id
    assert portal.call("invitation.refresh", refresh_token=first["refresh_token"])


def test_who_was_removed_has_no_account_and_the_address_is_free_for_another(
    portal: Stack, portal_database: Engine, staff
):
    email = f"{uuid4()}@example.com"
    company_id = company_with(portal, staff, email=email)
    first = main_contact(portal, staff, company_id)
    accept(portal, sent(portal, staff, company_id).token)
    set_main(portal, staff, company_id, newcomer(portal, staff, company_id))
    portal.call("customers.remove_contact", staff, contact_id=first)
    wait_for_subscription(portal_database, company_id, "contact_removed")
    with pytest.raises(Unauthenticated):
        portal.call("invitation.sign_in", email=email, password=PASSWORD)
    again = company_with(portal, staff, email=email)
    assert accept(portal, sent(portal, staff, again).token)


def test_an_account_ends_with_its_address_and_the_person_is_invited_at_the_new_one(
    portal: Stack, portal_database: Engine, staff
):
    old, new = f"{uuid4()}@example.com", f"neu-{uuid4()}@example.com"
    company_id = company_with(portal, staff, email=old)
    session = accept(portal, sent(portal, staff, company_id).token)
    contact_is_now(portal, staff, company_id, email=new)
    wait_for_subscription(portal_database, company_id, "contact_updated")
    with pytest.raises(Unauthenticated):
        portal.call("invitation.sign_in", email=old, password=PASSWORD)
    with pytest.raises(Unauthenticated):
        portal.call("invitation.refresh", refresh_token=session["refresh_token"])
    assert accept(portal, sent(portal, staff, company_id).token)
    assert portal.call("invitation.sign_in", email=new, password=PASSWORD)


def test_another_spelling_or_name_leaves_the_account(portal: Stack, portal_database: Engine, staff):
    email = f"{uuid4()}@example.com"
    company_id = company_with(portal, staff, email=email)
    session = accept(portal, sent(portal, staff, company_id).token)
    contact_is_now(portal, staff, company_id, email=email.upper(), last_name="Maier-Öztürk")
    wait_for_subscription(portal_database, company_id, "contact_updated")
    assert portal.call("invitation.refresh", refresh_token=session["refresh_token"])
    assert portal.call("invitation.sign_in", email=email, password=PASSWORD)
