"""Who guesses passwords has to wait, longer each time; nobody else has to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, text

from services.invitation import throttle
from services.invitation.tables import attempts
from services.invitation.throttle import ADDRESS, CLIENT, Counter, counted, of_sign_in
from shared.contracts.errors import TooManyAttempts, Unauthenticated
from shared.identity.tokens import now
from tests.integration.services.answering import at_once
from tests.integration.services.signing_in import WRONG, new_customer, sign_in
from tests.support.stack import Stack

HERE, THERE = "192.0.2.1", "192.0.2.2"
NOON = datetime.fromisoformat("2026-10-01T12:00:00+00:00")


@pytest.fixture(scope="module")
def staff(portal: Stack) -> str:
    return portal.provider()


@pytest.fixture
def session(portal: Stack, staff: str) -> dict[str, Any]:
    return new_customer(portal, staff)


def guess_until_refused(portal: Stack, email: str, **client: str) -> TooManyAttempts:
    """Each further guess waits longer, so that a guesser is slowed down soon, however slow the machine."""
    for _ in range(20):
        try:
            sign_in(portal, email, WRONG, **client)
        except TooManyAttempts as refused:
            return refused
        except Unauthenticated:
            continue
    raise AssertionError("twenty wrong passwords in a row were looked at")


def must_wait(engine: Engine, counters: Sequence[Counter]) -> None:
    """As it is after many failures."""
    with engine.begin() as connection:
        for counter in counters:
            row = {
                "key": counter.key,
                "failures": 99,
                "last_at": now(),
                "free_at": now() + timedelta(hours=1),
            }
            connection.execute(attempts.insert().values(row))


@pytest.mark.parametrize("client", [{}, {"client": HERE}])
def test_wrong_passwords_are_slowed_down_and_unknown_addresses_just_the_same(portal: Stack, session, client):
    for email in (session["email"], f"{uuid4()}@example.com"):
        refused = guess_until_refused(portal, email, **client)
        assert refused.details["retry_after"] > 0


def test_while_one_client_waits_the_right_password_gets_in_from_another(
    portal: Stack, portal_database: Engine, session
):
    must_wait(portal_database, of_sign_in(session["email"], f"{uuid4()}")[:1])
    here = {"client": f"{uuid4()}"}
    must_wait(portal_database, of_sign_in(session["email"], here["client"])[:1])
    with pytest.raises(TooManyAttempts):
        sign_in(portal, session["email"], **here)
    assert sign_in(portal, session["email"], client=f"{uuid4()}")
    assert sign_in(portal, session["email"])


def test_a_client_that_tries_many_addresses_waits_for_all_of_them(
    portal: Stack, portal_database: Engine, session
):
    client = f"{uuid4()}"
    must_wait(portal_database, of_sign_in(session["email"], client)[1:])
    for email in (session["email"], f"{uuid4()}@example.com"):
        with pytest.raises(TooManyAttempts):
            sign_in(portal, email, client=client)


def test_the_right_password_forgets_the_wrong_ones(portal: Stack, portal_database: Engine, session):
    client = f"{uuid4()}"
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            sign_in(portal, session["email"], WRONG, client=client)
    sign_in(portal, session["email"], client=client)
    with portal_database.connect() as connection:
        key = of_sign_in(session["email"], client)[0].key
        assert connection.execute(select(attempts.c.failures).where(attempts.c.key == key)).scalar() == 0


def test_no_address_is_kept_of_those_who_tried(portal: Stack, portal_database: Engine):
    email = f"{uuid4()}@example.com"
    with pytest.raises(Unauthenticated):
        sign_in(portal, email, WRONG, client=HERE)
    statement = text("SELECT count(*) FROM invitation.attempts AS one WHERE one::text LIKE :what")
    with portal_database.connect() as connection:
        for what in (email, email.encode().hex(), HERE):
            assert connection.execute(statement, {"what": f"%{what}%"}).scalar_one() == 0


def test_asking_for_resets_is_slowed_down_by_client(portal: Stack, portal_database: Engine):
    client = f"{uuid4()}"
    must_wait(portal_database, throttle.of_reset(client))
    with pytest.raises(TooManyAttempts):
        portal.call("invitation.request_password_reset", email="zoe@example.com", client=client)


def fail(engine: Engine, counters: Sequence[Counter], at: datetime) -> bool:
    """Whether a wrong password was looked at."""
    try:
        with counted(engine, counters, now=at):
            raise Unauthenticated()
    except Unauthenticated:
        return True
    except TooManyAttempts:
        return False


def test_fifty_wrong_passwords_at_once_get_no_more_tries_than_one_after_the_other(database: Engine):
    guess = partial(fail, database, of_sign_in("zoe@example.com", HERE), NOON)
    assert at_once([guess] * 50).count(True) == ADDRESS.free


def test_fifty_addresses_at_once_get_no_more_tries_than_the_client_has(database: Engine):
    guesses = [
        partial(fail, database, of_sign_in(f"{number}@example.com", HERE), NOON) for number in range(80)
    ]
    assert at_once(guesses).count(True) == CLIENT.free


def test_who_came_first_and_is_counted_second_need_not_wait(database: Engine):
    fail(database, of_sign_in("zoe@example.com", HERE), NOON)
    assert fail(database, of_sign_in("max@example.com", HERE), NOON - timedelta(milliseconds=1))


def test_a_refused_attempt_does_not_lengthen_the_wait(database: Engine):
    counters = of_sign_in("zoe@example.com", HERE)
    looked_at = [fail(database, counters, NOON) for _ in range(20)]
    assert looked_at.count(True) == ADDRESS.free
    assert not fail(database, counters, NOON + timedelta(seconds=0.9))
    assert fail(database, counters, NOON + timedelta(seconds=1))
    assert not fail(database, counters, NOON + timedelta(seconds=2.9))
    assert fail(database, counters, NOON + timedelta(seconds=3))


def test_failures_are_forgotten_after_a_day_and_their_rows_go(database: Engine):
    for number in range(10):
        fail(database, of_sign_in(f"{number}@example.com", HERE), NOON)
    later = NOON + throttle.FORGOTTEN_AFTER + timedelta(seconds=1)
    counters = of_sign_in("zoe@example.com", THERE)
    assert [fail(database, counters, later) for _ in range(ADDRESS.free)] == [True] * ADDRESS.free
    with database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(attempts)).scalar_one() == len(counters)


def test_who_comes_back_after_a_day_starts_anew(database: Engine):
    counters = of_sign_in("zoe@example.com", None)
    for _ in range(ADDRESS.free):
        fail(database, counters, NOON)
    later = NOON + throttle.FORGOTTEN_AFTER + timedelta(seconds=1)
    assert [fail(database, counters, later) for _ in range(ADDRESS.free + 1)] == [True] * ADDRESS.free + [
        False
    ]
