"""Signing in, staying signed in and signing out; what is stolen is of no use."""

import hashlib
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text

from shared.contracts.errors import PortalNotActive, Unauthenticated, ValidationFailed
from tests.integration.services.belongings import add_contact
from tests.integration.services.inviting import accept, company_with, invited, token_of
from tests.integration.services.signing_in import new_customer, refresh, sign_in
from tests.support.scene import PASSWORD
from tests.support.stack import Stack

ODD_PASSWORD = "  Größe  zählt — nicht immer 🛢  "
GRACE_S = 120


@pytest.fixture(scope="module")
def staff(portal: Stack) -> str:
    return portal.provider()


@pytest.fixture
def session(portal: Stack, staff: str) -> dict[str, Any]:
    """The first session of a new customer, with the address that it belongs to."""
    return new_customer(portal, staff)


def is_let_in(portal: Stack, session: dict[str, Any]) -> bool:
    return "items" in portal.call("requests.requests", session["access_token"])


def let_time_pass(engine: Engine, session: dict[str, Any], column: str, seconds: int) -> None:
    """Move a time of the session's refresh token back."""
    digest = hashlib.sha256(session["refresh_token"].encode()).digest()
    with engine.begin() as connection:
        moved = connection.execute(
            text(
                f"UPDATE invitation.refresh_tokens SET {column} = {column} - make_interval(secs => :seconds)"
                " WHERE token_hash = :digest"
            ),
            {"seconds": seconds, "digest": digest},
        )
    assert moved.rowcount == 1


def test_the_address_is_the_same_in_capitals_and_with_blanks_around_it(portal: Stack, session):
    again = sign_in(portal, f"  {session['email'].upper()} ", PASSWORD)
    assert again["caller"] == session["caller"]
    assert is_let_in(portal, again)


def test_an_address_with_umlauts_is_the_same_in_capitals(portal: Stack, staff: str):
    email = f"joerg-{uuid4()}@müller.example.com"
    new_customer(portal, staff, PASSWORD, email)
    assert is_let_in(portal, sign_in(portal, email.upper(), PASSWORD))


def test_a_password_is_taken_exactly_as_it_is(portal: Stack, staff: str):
    email = new_customer(portal, staff, ODD_PASSWORD)["email"]
    assert is_let_in(portal, sign_in(portal, email, ODD_PASSWORD))
    for other in (ODD_PASSWORD.strip(), ODD_PASSWORD.lower(), ODD_PASSWORD.replace("  ", " ")):
        with pytest.raises(Unauthenticated):
            sign_in(portal, email, other)


@pytest.mark.parametrize("odd", ["nobody@example.com", " ", "a\x00b@example.com", "nobody", "ö" * 1_000])
def test_an_unknown_address_is_answered_like_a_wrong_password(portal: Stack, session, odd: str):
    answers = set()
    for email in (session["email"], odd):
        with pytest.raises(Unauthenticated) as refused:
            sign_in(portal, email, "falsches-passwort-hier")
        answers.add((refused.value.message, str(refused.value.details)))
    assert len(answers) == 1


def test_a_refresh_token_is_changed_at_each_use(portal: Stack, session):
    tokens, current = {session["refresh_token"]}, session
    for _ in range(3):
        current = refresh(portal, current)
        assert current["caller"] == session["caller"]
        assert is_let_in(portal, current)
        tokens.add(current["refresh_token"])
    assert len(tokens) == 4


def test_two_tabs_may_renew_with_the_same_token_at_the_same_moment(portal: Stack, session):
    one, other = refresh(portal, session), refresh(portal, session)
    assert is_let_in(portal, refresh(portal, one))
    assert is_let_in(portal, refresh(portal, other))


def test_a_token_used_again_later_ends_the_session_for_the_thief_and_the_owner(
    portal: Stack, portal_database: Engine, session
):
    elsewhere = sign_in(portal, session["email"], PASSWORD)
    renewed = refresh(portal, session)
    let_time_pass(portal_database, session, "used_at", GRACE_S + 1)
    for stolen in (session, renewed, session):
        with pytest.raises(Unauthenticated):
            refresh(portal, stolen)
    assert is_let_in(portal, refresh(portal, elsewhere))


@pytest.mark.parametrize("thief_is_faster", [True, False])
def test_who_goes_on_with_a_token_that_was_stolen_within_the_grace_is_found_out(
    portal: Stack, portal_database: Engine, session, thief_is_faster: bool
):
    owners, thiefs = refresh(portal, session), refresh(portal, session)
    faster, slower = (thiefs, owners) if thief_is_faster else (owners, thiefs)
    renewed = refresh(portal, faster)
    let_time_pass(portal_database, slower, "used_at", GRACE_S + 1)
    for each in (slower, renewed):
        with pytest.raises(Unauthenticated):
            refresh(portal, each)


def test_the_grace_is_not_renewed_by_using_it(portal: Stack, portal_database: Engine, session):
    refresh(portal, session)
    let_time_pass(portal_database, session, "used_at", GRACE_S - 5)
    renewed = refresh(portal, session)
    let_time_pass(portal_database, session, "used_at", 6)
    with pytest.raises(Unauthenticated):
        refresh(portal, session)
    with pytest.raises(Unauthenticated):
        refresh(portal, renewed)


def test_a_session_that_was_not_renewed_for_30_days_is_over(portal: Stack, portal_database: Engine, session):
    let_time_pass(portal_database, session, "expires_at", 30 * 24 * 3600)
    with pytest.raises(Unauthenticated):
        refresh(portal, session)


@pytest.mark.parametrize("token", ["no-such-token", "ä\x00", "x" * 1_000])
def test_what_is_no_refresh_token_renews_nothing_and_signs_nobody_out(portal: Stack, token: str):
    with pytest.raises(Unauthenticated):
        portal.call("invitation.refresh", refresh_token=token)
    portal.call("invitation.sign_out", refresh_token=token)


def test_signing_out_ends_this_session_and_no_other(portal: Stack, session):
    elsewhere, renewed = sign_in(portal, session["email"], PASSWORD), refresh(portal, session)
    for _ in range(2):
        portal.call("invitation.sign_out", refresh_token=renewed["refresh_token"])
    for ended in (session, renewed):
        with pytest.raises(Unauthenticated):
            refresh(portal, ended)
    assert is_let_in(portal, refresh(portal, elsewhere))


def test_while_the_portal_is_off_customers_stay_outside_and_staff_do_not(portal: Stack):
    staff = portal.provider()
    session = new_customer(portal, staff, PASSWORD)
    pending = token_of(portal, invited(portal, staff, company_with(portal, staff)))
    portal.call("invitation.deactivate_portal", staff)
    for closed in (
        lambda: sign_in(portal, session["email"], PASSWORD),
        lambda: refresh(portal, session),
        lambda: accept(portal, pending),
    ):
        with pytest.raises(PortalNotActive, match="ask your provider"):
            closed()
    with pytest.raises(Unauthenticated):
        sign_in(portal, session["email"], "falsches-passwort-hier")
    portal.call("invitation.activate_portal", staff)
    assert is_let_in(portal, sign_in(portal, session["email"], PASSWORD))
    assert is_let_in(portal, refresh(portal, session))


def test_a_weaker_hash_of_former_days_is_replaced_at_sign_in(portal: Stack, portal_database: Engine, session):
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    where = {"id": session["caller"]["account_id"]}
    with portal_database.begin() as connection:
        connection.execute(
            text("UPDATE invitation.accounts SET password_hash = :weak WHERE account_id = :id"),
            where | {"weak": weak},
        )
    assert is_let_in(portal, sign_in(portal, session["email"], PASSWORD))
    with portal_database.connect() as connection:
        kept = connection.execute(
            text("SELECT password_hash FROM invitation.accounts WHERE account_id = :id"), where
        ).scalar_one()
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_let_in(portal, sign_in(portal, session["email"], PASSWORD))


def test_a_password_to_sign_in_with_is_bounded(portal: Stack, session):
    with pytest.raises(ValidationFailed):
        sign_in(portal, session["email"], "x" * 1_001)


def test_neither_passwords_nor_tokens_nor_their_hashes_are_in_the_log(
    portal: Stack, portal_database: Engine, staff: str
):
    password = f"geheim-{uuid4()}"
    session = new_customer(portal, staff, password)
    again = sign_in(portal, session["email"], password)
    secrets = [password, session["invitation_token"]]
    secrets += [each[name] for each in (session, again) for name in ("refresh_token", "access_token")]
    hashes = [hashlib.sha256(each.encode()).hexdigest() for each in secrets]
    for table in ("events", "commands", "inbox"):
        for secret in (*secrets, *hashes, PASSWORD, "$argon2"):
            assert mentions(portal_database, table, secret) == 0
    assert mentions(portal_database, "events", session["caller"]["account_id"]) > 0


def mentions(engine: Engine, table: str, what: str) -> int:
    statement = text(f"SELECT count(*) FROM eventlog.{table} AS one WHERE strpos(one::text, :what) > 0")
    with engine.connect() as connection:
        return connection.execute(statement, {"what": what}).scalar_one()


def test_who_was_removed_from_the_company_can_neither_renew_the_session_nor_sign_in(
    portal: Stack, staff: str
) -> None:
    company_id = portal.call("customers.register_company", staff, name="Maier KG")["company_id"]
    addresses = [f"maier-{uuid4()}@example.com" for _ in range(2)]
    first, second = (add_contact(portal, staff, company_id, email=address) for address in addresses)
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=first)
    session = portal.accept_invitation(staff, company_id)
    portal.call("customers.set_main_contact", staff, company_id=company_id, contact_id=second)
    portal.call("customers.remove_contact", staff, contact_id=first)

    with pytest.raises(Unauthenticated):
        portal.call("invitation.refresh", refresh_token=session["refresh_token"])
    with pytest.raises(Unauthenticated):
        portal.call("invitation.sign_in", email=addresses[0], password=PASSWORD)
