"""A password is changed by who knows it, or by who gets the mail; sessions of the old one end."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from shared.contracts.errors import (
    Conflict,
    InvalidTransition,
    NotFound,
    TooManyAttempts,
    Unauthenticated,
    ValidationFailed,
)
from tests.integration.services.answering import at_once
from tests.integration.services.signing_in import WRONG, is_over, new_colleague, new_customer, sign_in
from tests.support.scene import PASSWORD
from tests.support.stack import Stack

NEW = "wärmepumpe-statt-ölkessel"


@pytest.fixture(scope="module")
def staff(portal: Stack) -> str:
    return portal.provider()


@pytest.fixture
def session(portal: Stack, staff: str) -> dict[str, Any]:
    return new_customer(portal, staff)


def ask(portal: Stack, email: str) -> Any:
    return portal.call("invitation.request_password_reset", email=email)


def reset_token(portal: Stack, session: dict[str, Any]) -> str:
    account_id = session["caller"]["account_id"]
    issued = portal.call("invitation.issue_reset_token", portal.service, account_id=account_id)
    assert issued["email"] == session["email"]
    return issued["token"]


def reset(portal: Stack, token: str, password: str = NEW) -> Any:
    return portal.call("invitation.reset_password", token=token, password=password)


def change(portal: Stack, session: dict[str, Any], current: str, new: str = NEW) -> Any:
    return portal.call("invitation.change_password", session["access_token"], current=current, new=new)


def recorded(engine: Engine, session: dict[str, Any], event_type: str) -> int:
    statement = text(
        "SELECT count(*) FROM eventlog.events"
        " WHERE stream_type = 'account' AND stream_id = :account AND type = :type"
    )
    with engine.connect() as connection:
        values = {"account": session["caller"]["account_id"], "type": event_type}
        return connection.execute(statement, values).scalar_one()


def test_a_reset_is_asked_for_by_whoever_knows_the_address_and_recorded_a_few_times_an_hour(
    portal: Stack, portal_database: Engine, session
):
    answers = [ask(portal, f" {session['email'].upper()}") for _ in range(5)]
    assert recorded(portal_database, session, "password_reset_requested") == 3
    answers += [ask(portal, odd) for odd in (f"{uuid4()}@example.com", "nobody", "a\x00b@example.com")]
    assert all(answer == {"position": "0:0"} for answer in answers)


def test_resets_that_are_asked_for_at_once_are_answered_and_recorded_as_one_after_the_other(
    portal: Stack, portal_database: Engine, session
):
    answers = at_once([partial(ask, portal, session["email"])] * 8)
    assert all(answer == {"position": "0:0"} for answer in answers)
    assert recorded(portal_database, session, "password_reset_requested") == 3


def test_who_may_not_sign_in_gets_no_reset(portal: Stack, portal_database: Engine):
    staff = portal.provider()
    session = new_customer(portal, staff)
    portal.call("invitation.deactivate_portal", staff)
    assert ask(portal, session["email"]) == {"position": "0:0"}
    assert recorded(portal_database, session, "password_reset_requested") == 0
    with pytest.raises(InvalidTransition):
        reset_token(portal, session)


def test_a_reset_ends_every_session_and_is_good_once(portal: Stack, portal_database: Engine, session):
    elsewhere = sign_in(portal, session["email"])
    token = reset_token(portal, session)
    reset(portal, token)
    assert is_over(portal, session)
    assert is_over(portal, elsewhere)
    assert sign_in(portal, session["email"], NEW)
    with pytest.raises(Unauthenticated):
        sign_in(portal, session["email"], PASSWORD)
    with pytest.raises(NotFound):
        reset(portal, token, "noch-ein-anderes-passwort")
    assert recorded(portal_database, session, "password_changed") == 1


def test_staff_reset_their_password_likewise(portal: Stack, portal_database: Engine, staff):
    colleague = new_colleague(portal, staff)
    ask(portal, colleague["email"])
    assert recorded(portal_database, colleague, "password_reset_requested") == 1
    reset(portal, reset_token(portal, colleague))
    assert is_over(portal, colleague)
    assert sign_in(portal, colleague["email"], NEW)


def test_looking_at_a_reset_consumes_nothing(portal: Stack, session):
    token = reset_token(portal, session)
    for _ in range(2):
        assert portal.call("invitation.check_reset", token=token) == {"email": session["email"]}
    with pytest.raises(ValidationFailed):
        reset(portal, token, "kurz")
    reset(portal, token)
    with pytest.raises(NotFound):
        portal.call("invitation.check_reset", token=token)


def test_a_new_reset_ends_the_one_before(portal: Stack, session):
    first, second = reset_token(portal, session), reset_token(portal, session)
    for use in (lambda: portal.call("invitation.check_reset", token=first), lambda: reset(portal, first)):
        with pytest.raises(NotFound):
            use()
    reset(portal, second)


def test_a_reset_is_good_for_an_hour(portal: Stack, portal_database: Engine, session):
    token = reset_token(portal, session)

    def minutes_pass(minutes: int) -> None:
        with portal_database.begin() as connection:
            connection.execute(
                text(
                    "UPDATE invitation.reset_tokens"
                    " SET expires_at = expires_at - make_interval(mins => :minutes) WHERE account_id = :id"
                ),
                {"id": session["caller"]["account_id"], "minutes": minutes},
            )

    # The test itself takes a while, too.
    minutes_pass(50)
    assert portal.call("invitation.check_reset", token=token)
    minutes_pass(10)
    for use in (lambda: portal.call("invitation.check_reset", token=token), lambda: reset(portal, token)):
        with pytest.raises(InvalidTransition):
            use()
    assert sign_in(portal, session["email"])


def test_of_two_resets_at_once_one_counts(portal: Stack, session):
    token = reset_token(portal, session)
    words = [f"wärmepumpe-nummer-{number}" for number in range(4)]
    outcomes = at_once([partial(reset, portal, token, each) for each in words])
    won = [word for word, outcome in zip(words, outcomes, strict=True) if isinstance(outcome, dict)]
    assert len(won) == 1
    assert all(isinstance(each, dict | Conflict | NotFound) for each in outcomes)
    assert sign_in(portal, session["email"], won[0])


@pytest.mark.parametrize("who", [new_customer, new_colleague])
def test_changing_the_password_ends_all_sessions_but_the_own(
    portal: Stack, portal_database: Engine, staff, who
):
    session = who(portal, staff)
    elsewhere, token = sign_in(portal, session["email"]), reset_token(portal, session)
    change(portal, session, PASSWORD)
    assert not is_over(portal, session)
    assert is_over(portal, elsewhere)
    assert sign_in(portal, session["email"], NEW)
    assert recorded(portal_database, session, "password_changed") == 1
    with pytest.raises(NotFound):
        reset(portal, token)


def test_only_who_knows_the_password_changes_it(portal: Stack, session):
    with pytest.raises(ValidationFailed) as refused:
        change(portal, session, WRONG)
    assert refused.value.fields.keys() == {"current"}
    assert sign_in(portal, session["email"], PASSWORD)


def test_a_change_that_is_asked_for_twice_is_done_once(portal: Stack, portal_database: Engine, session):
    change(portal, session, PASSWORD)
    for _ in range(7):
        change(portal, session, PASSWORD)
    assert recorded(portal_database, session, "password_changed") == 1
    assert sign_in(portal, session["email"], NEW)


def test_two_clicks_at_once_change_the_password_once(portal: Stack, portal_database: Engine, session):
    outcomes = at_once([partial(change, portal, session, PASSWORD)] * 3)
    assert all(isinstance(each, dict) for each in outcomes), outcomes
    assert recorded(portal_database, session, "password_changed") == 1


def test_who_guesses_the_current_password_is_slowed_down(portal: Stack, session):
    refusals = {type(each) for each in at_once([partial(change, portal, session, WRONG)] * 20)}
    assert refusals == {ValidationFailed, TooManyAttempts}


@pytest.mark.parametrize("word", ["gasthof post", "huber heizungsbau gmbh"])
def test_a_password_of_the_names_that_belong_to_it_is_refused(portal: Stack, session, word):
    token = reset_token(portal, session)
    changing, resetting = partial(change, portal, session, PASSWORD), partial(reset, portal, token)
    for refuse, field in ((changing, "new"), (resetting, "password")):
        with pytest.raises(ValidationFailed) as refused:
            refuse(word)
        assert refused.value.fields.keys() == {field}
    assert sign_in(portal, session["email"], PASSWORD)
