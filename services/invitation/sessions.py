"""Sessions: an access token for ten minutes, and a refresh token that is changed at each use.

A session is a row that everything locks which goes on with it or ends it, so that one that ended stays ended.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, select, update
from uuid_utils.compat import uuid7

from services.invitation.tables import accounts, refresh_tokens, sessions
from services.invitation.tokens import new_token, token_hash
from shared.contracts import cursor as cursors
from shared.contracts.errors import NotFound, Unauthenticated
from shared.contracts.invitation import CallerView, Session, SessionPage, SessionView
from shared.contracts.values import CallerKind
from shared.identity.caller import Caller
from shared.identity.keys import SigningKey
from shared.identity.tokens import LIFETIME, issue

REFRESH_LIFETIME = timedelta(days=30)
# Two tabs may renew with the same token at the same moment, and an answer that got lost is asked for again.
REUSE_GRACE = timedelta(minutes=2)
_OVER = "The session is over; sign in again."
_PRUNED_AT_ONCE = 20


def begin(connection: Connection, account: Row[Any], key: SigningKey, *, now: datetime) -> Session:
    """Start a session for a row of `accounts`."""
    _prune(connection, now)
    session_id = uuid7()
    connection.execute(
        sessions.insert().values(
            session_id=session_id, account_id=account.account_id, started_at=now, used_at=now
        )
    )
    return _tokens(connection, account, key, session_id=session_id, now=now)


def renew(connection: Connection, token: str, key: SigningKey, *, now: datetime) -> Session:
    """Change a refresh token for a new one of the same session.

    Raises Unauthenticated; when the token was used before, other than a moment ago, someone has stolen it,
    and the session ends.
    """
    row = connection.execute(
        select(refresh_tokens).where(refresh_tokens.c.token_hash == token_hash(token))
    ).one_or_none()
    if row is None or row.expires_at <= now:
        raise Unauthenticated(_OVER)
    if row.used_at is not None and now - row.used_at > REUSE_GRACE:
        _end_at_once(connection, row.session_id)
        raise Unauthenticated(_OVER)
    account = _hold(connection, row.session_id)
    if account is None:
        raise Unauthenticated(_OVER)
    _use(connection, row, now)
    return _tokens(connection, account, key, session_id=row.session_id, now=now)


def end(connection: Connection, token: str) -> None:
    """End the session that the refresh token belongs to, if there is one."""
    used = select(refresh_tokens.c.session_id).where(refresh_tokens.c.token_hash == token_hash(token))
    connection.execute(delete(sessions).where(sessions.c.session_id.in_(used)))


def end_one(connection: Connection, account_id: UUID, session_id: UUID) -> None:
    """End a session of the account. Raises NotFound."""
    ended = connection.execute(
        delete(sessions).where(sessions.c.session_id == session_id, sessions.c.account_id == account_id)
    )
    if ended.rowcount == 0:
        raise NotFound("session")


def end_all(connection: Connection, account_id: UUID, *, but: UUID | None = None) -> None:
    """End the sessions of an account, all or all but one."""
    statement = delete(sessions).where(sessions.c.account_id == account_id)
    connection.execute(statement.where(sessions.c.session_id != but) if but else statement)


def page(connection: Connection, caller: Caller, *, cursor: str | None, now: datetime) -> SessionPage:
    """A page of the caller's own sessions, newest first."""
    statement = (
        select(sessions)
        .where(sessions.c.account_id == caller.account_id, sessions.c.used_at > now - REFRESH_LIFETIME)
        .order_by(sessions.c.session_id.desc())
        .limit(cursors.PAGE + 1)
    )
    if (before := cursors.decode_id(cursor)) is not None:
        statement = statement.where(sessions.c.session_id < before)
    rows = connection.execute(statement).all()
    views = [
        SessionView(
            session_id=row.session_id,
            started_at=row.started_at,
            used_at=row.used_at,
            current=row.session_id == caller.session_id,
        )
        for row in rows
    ]
    return SessionPage(**cursors.page(views, [(str(row.session_id),) for row in rows]))


def _hold(connection: Connection, session_id: UUID) -> Row[Any] | None:
    """The account of a session that nobody can end before the commit, or None when it has ended."""
    return connection.execute(
        select(accounts)
        .join(sessions, sessions.c.account_id == accounts.c.account_id)
        .where(sessions.c.session_id == session_id)
        .with_for_update(of=sessions)
    ).one_or_none()


def _use(connection: Connection, row: Row[Any], now: datetime) -> None:
    """The first use of a token counts for the grace, and uses up all others of the session that are there.

    Of two who go on with the same token, one may have stolen it: the slower one of them is found out so.
    Expired tokens are of no use even to find a thief by.
    """
    unused = update(refresh_tokens).where(refresh_tokens.c.used_at.is_(None)).values(used_at=now)
    # Asked for anew, now that the session is held: who was faster has left a token that is still to be used.
    if connection.execute(unused.where(refresh_tokens.c.token_hash == row.token_hash)).rowcount:
        connection.execute(unused.where(refresh_tokens.c.session_id == row.session_id))
    connection.execute(
        delete(refresh_tokens).where(
            refresh_tokens.c.session_id == row.session_id, refresh_tokens.c.expires_at <= now
        )
    )
    connection.execute(update(sessions).where(sessions.c.session_id == row.session_id).values(used_at=now))


def _end_at_once(connection: Connection, session_id: UUID) -> None:
    """In a transaction of its own: the caller's ends with the refusal, and takes nothing along."""
    with connection.engine.begin() as own:
        own.execute(delete(sessions).where(sessions.c.session_id == session_id))


def _prune(connection: Connection, now: datetime) -> None:
    """Remove some sessions that nobody can renew any more."""
    over = (
        select(sessions.c.session_id)
        .where(sessions.c.used_at < now - REFRESH_LIFETIME)
        .limit(_PRUNED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    connection.execute(delete(sessions).where(sessions.c.session_id.in_(over)))


def _tokens(
    connection: Connection, account: Row[Any], key: SigningKey, *, session_id: UUID, now: datetime
) -> Session:
    token = new_token()
    connection.execute(
        refresh_tokens.insert().values(
            token_hash=token_hash(token), session_id=session_id, expires_at=now + REFRESH_LIFETIME
        )
    )
    caller = Caller(
        kind=CallerKind(account.kind),
        account_id=account.account_id,
        provider_id=account.provider_id,
        company_id=account.company_id,
        contact_id=account.contact_id,
        session_id=session_id,
    )
    return Session(
        access_token=issue(key, caller, now=now),
        refresh_token=token,
        expires_at=now + LIFETIME,
        caller=CallerView(
            kind=caller.kind,
            account_id=caller.account_id,
            provider_id=account.provider_id,
            company_id=caller.company_id,
            contact_id=caller.contact_id,
        ),
    )
