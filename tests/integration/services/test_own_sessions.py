"""Who is signed in sees the own sessions, and ends those that should not be."""

from uuid import uuid4

import pytest

from shared.contracts.errors import NotFound
from tests.integration.services.signing_in import is_over, new_colleague, new_customer, refresh, sign_in
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def staff(portal: Stack) -> str:
    return portal.provider()


def listed(portal: Stack, session) -> list[dict]:
    return portal.call("invitation.sessions", session["access_token"])["items"]


@pytest.mark.parametrize("who", [new_customer, new_colleague])
def test_the_own_sessions_are_listed_newest_first_and_the_current_one_is_marked(portal: Stack, staff, who):
    session = who(portal, staff)
    elsewhere = sign_in(portal, session["email"])
    assert [each["current"] for each in listed(portal, session)] == [False, True]
    assert [each["current"] for each in listed(portal, elsewhere)] == [True, False]


def test_a_session_says_when_it_was_last_renewed(portal: Stack, staff):
    session = new_customer(portal, staff)
    (before,) = listed(portal, session)
    renewed = refresh(portal, session)
    (after,) = listed(portal, renewed)
    assert before["started_at"] == before["used_at"] == after["started_at"] < after["used_at"]
    assert before["session_id"] == after["session_id"]
    assert after["current"]


def test_a_session_that_is_ended_is_over_and_no_other(portal: Stack, staff):
    session = new_customer(portal, staff)
    elsewhere = sign_in(portal, session["email"])
    (lost,) = [each["session_id"] for each in listed(portal, session) if not each["current"]]
    portal.call("invitation.end_session", session["access_token"], session_id=lost)
    assert is_over(portal, elsewhere)
    assert not is_over(portal, session)
    with pytest.raises(NotFound):
        portal.call("invitation.end_session", session["access_token"], session_id=lost)


def test_nobody_ends_the_session_of_another_account(portal: Stack, staff):
    one, other = new_customer(portal, staff), new_customer(portal, staff)
    (foreign,) = listed(portal, other)
    for session_id in (foreign["session_id"], str(uuid4())):
        with pytest.raises(NotFound):
            portal.call("invitation.end_session", one["access_token"], session_id=session_id)
    assert not is_over(portal, other)


def test_pages_hold_every_session_once(portal: Stack, staff):
    session = new_customer(portal, staff)
    for _ in range(50):
        sign_in(portal, session["email"])
    first = portal.call("invitation.sessions", session["access_token"])
    second = portal.call("invitation.sessions", session["access_token"], cursor=first["next"])
    ids = {each["session_id"] for each in first["items"] + second["items"]}
    assert (len(first["items"]), len(second["items"]), len(ids)) == (50, 1, 51)


def test_an_account_is_told_to_services(portal: Stack, staff):
    customer, colleague = new_customer(portal, staff), new_colleague(portal, staff)
    for session in (customer, colleague):
        told = portal.call("invitation.account", portal.service, account_id=session["caller"]["account_id"])
        assert told == session["caller"] | {"email": session["email"]}
    with pytest.raises(NotFound):
        portal.call("invitation.account", portal.service, account_id=str(uuid4()))
