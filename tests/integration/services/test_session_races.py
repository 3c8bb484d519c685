"""A session that ended stays ended, whatever was under way at that moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, Row, func, select, text

from services.invitation import accounts, sessions, tables
from shared.contracts.errors import Conflict, Unauthenticated
from shared.contracts.values import CallerKind
from shared.identity.keys import SigningKey
from shared.identity.tokens import now
from tests.integration.services.answering import at_once
from tests.integration.services.signing_in import is_over, new_customer, refresh
from tests.support.stack import Stack
from tests.support.waiting import wait_until

Step = Callable[[Connection], Any]
_WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def key(keys: Path) -> SigningKey:
    return SigningKey.load(keys, "sessions")


@pytest.fixture
def account(database: Engine) -> Row[Any]:
    ids = {"account_id": uuid4(), "provider_id": uuid4()}
    values = {**ids, "kind": CallerKind.STAFF, "email": "zoe@example.com"}
    with database.begin() as connection:
        return accounts.add(connection, {**values, "password_hash": "of the old password"})


@pytest.fixture
def token(database: Engine, account: Row[Any], key: SigningKey) -> str:
    """The refresh token of a session."""
    with database.begin() as connection:
        return sessions.begin(connection, account, key, now=now()).refresh_token


def committed(engine: Engine, step: Step) -> Any:
    with engine.begin() as connection:
        return step(connection)


@contextmanager
def meanwhile(engine: Engine, first: Step, second: Step) -> Iterator[Future]:
    """`second` begins while `first` has not committed, and has to wait for it."""
    with ThreadPoolExecutor(1) as thread:
        with engine.begin() as connection:
            first(connection)
            other = thread.submit(committed, engine, second)
            wait_until(lambda: _somebody_waits(engine), what="the second waits for the first")
        yield other


def _somebody_waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        return connection.execute(text(_WAITING)).scalar_one() > 0


def left(engine: Engine) -> int:
    """How many sessions there are, or tokens that could make one."""
    with engine.connect() as connection:
        counts = [select(func.count()).select_from(each) for each in (tables.sessions, tables.refresh_tokens)]
        return sum(connection.execute(count).scalar_one() for count in counts)


def endings(account: Row[Any], token: str) -> dict[str, Step]:
    return {
        "sign_out": lambda connection: sessions.end(connection, token),
        "end_all": lambda connection: sessions.end_all(connection, account.account_id),
        "account removed": lambda connection: connection.execute(
            tables.accounts.delete().where(accounts.has_id(account.account_id))
        ),
    }


ENDINGS = ("sign_out", "end_all", "account removed")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_session_that_ends_while_it_is_renewed_has_ended(database: Engine, account, token, key, ending):
    renew = partial(sessions.renew, token=token, key=key, now=now())
    with meanwhile(database, renew, endings(account, token)[ending]) as ended:
        ended.result()
    assert left(database) == 0


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_session_is_not_renewed_while_it_ends(database: Engine, account, token, key, ending):
    renew = partial(sessions.renew, token=token, key=key, now=now())
    with meanwhile(database, endings(account, token)[ending], renew) as renewed:
        with pytest.raises(Unauthenticated):
            renewed.result()
    assert left(database) == 0


def test_two_renewals_at_once_stay_one_session(database: Engine, account, token, key):
    renew = partial(sessions.renew, token=token, key=key, now=now())
    with meanwhile(database, renew, renew) as renewed:
        again = renewed.result().refresh_token
    committed(database, partial(sessions.end, token=again))
    assert left(database) == 0


@pytest.mark.parametrize("kept", [0, 1])
def test_a_browser_goes_on_with_either_of_the_tokens_that_its_tabs_got_at_once(
    database: Engine, account, token, key, kept: int
):
    began, got = now(), []

    def renew(connection: Connection, *, with_token: str = token, minutes: int = 0) -> None:
        at = began + timedelta(minutes=minutes)
        got.append(sessions.renew(connection, with_token, key, now=at).refresh_token)

    with meanwhile(database, renew, renew) as renewed:
        renewed.result()
    for minutes in (10, 20):
        committed(database, partial(renew, with_token=got[kept], minutes=minutes))
        kept = -1
    assert len(got) == 4


def change(account: Row[Any], connection: Connection) -> None:
    accounts.set_password(connection, account, "of the new password")
    sessions.end_all(connection, account.account_id)


def sign_in(account: Row[Any], key: SigningKey, connection: Connection) -> None:
    accounts.hold(connection, account)
    sessions.begin(connection, account, key, now=now())


def test_who_signs_in_with_a_password_that_is_just_changed_is_not_let_in(database: Engine, account, key):
    with meanwhile(database, partial(change, account), partial(sign_in, account, key)) as signed_in:
        with pytest.raises(Conflict):
            signed_in.result()
    assert left(database) == 0


def test_who_has_just_signed_in_with_the_old_password_is_signed_out(database: Engine, account, key):
    with meanwhile(database, partial(sign_in, account, key), partial(change, account)) as changed:
        changed.result()
    assert left(database) == 0


def test_signing_out_while_renewing_ends_the_session_over_the_wire_too(portal: Stack):
    staff = portal.provider()
    for _ in range(5):
        session = new_customer(portal, staff)
        sign_out = partial(portal.call, "invitation.sign_out", refresh_token=session["refresh_token"])
        outcomes = at_once([partial(refresh, portal, session), sign_out, partial(refresh, portal, session)])
        renewed = [each for each in outcomes if isinstance(each, dict) and "refresh_token" in each]
        assert all(is_over(portal, each) for each in [session, *renewed])
