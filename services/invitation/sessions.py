"""Sessions: an access token for ten minutes, and a refresh token that is changed at each use."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, delete, select, update

from services.invitation.tables import accounts, refresh_tokens
from shared.contracts.errors import Unauthenticated
from shared.contracts.invitation import CallerView, Session
from shared.contracts.values import CallerKind
from shared.identity.caller import Caller
from shared.identity.keys import SigningKey
from shared.identity.tokens import LIFETIME, issue

REFRESH_LIFETIME = timedelta(days=30)
# Two tabs may renew the session with the same token at the same moment.
REUSE_GRACE = timedelta(seconds=30)
_OVER = "The session is over; sign in again."


def new_token() -> str:
    """A secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a secret. It is random, so that a plain hash can't be reversed by guessing."""
    return hashlib.sha256(token.encode()).digest()


def begin(connection: Connection, account: Any, key: SigningKey, *, now: datetime) -> Session:
    """Start a session, a new family of refresh tokens, for a row of `accounts`."""
    return _continue(connection, account, key, family_id=uuid4(), now=now)


def renew(connection: Connection, token: str, key: SigningKey, *, now: datetime) -> Session:
    """Change a refresh token for a new session.

    Raises Unauthenticated; when the token was used before, other than a moment ago, someone has stolen it,
    and all tokens of its family end.
    """
    row = connection.execute(
        select(refresh_tokens).where(refresh_tokens.c.token_hash == token_hash(token))
    ).one_or_none()
    if row is None or row.expires_at <= now:
        raise Unauthenticated(_OVER)
    if row.used_at is not None and now - row.used_at > REUSE_GRACE:
        _end_at_once(connection, row.family_id)
        raise Unauthenticated(_OVER)
    connection.execute(
        update(refresh_tokens)
        .where(refresh_tokens.c.token_hash == row.token_hash, refresh_tokens.c.used_at.is_(None))
        .values(used_at=now)
    )
    account = connection.execute(select(accounts).where(accounts.c.account_id == row.account_id)).one()
    return _continue(connection, account, key, family_id=row.family_id, now=now)


def end(connection: Connection, token: str) -> None:
    """End the session that the refresh token belongs to, if there is one."""
    family = select(refresh_tokens.c.family_id).where(refresh_tokens.c.token_hash == token_hash(token))
    connection.execute(delete(refresh_tokens).where(refresh_tokens.c.family_id.in_(family)))


def _end_at_once(connection: Connection, family_id: UUID) -> None:
    """In a transaction of its own: the caller's ends with the refusal, and takes nothing along."""
    with connection.engine.begin() as own:
        own.execute(delete(refresh_tokens).where(refresh_tokens.c.family_id == family_id))


def _continue(
    connection: Connection, account: Any, key: SigningKey, *, family_id: UUID, now: datetime
) -> Session:
    token = new_token()
    connection.execute(
        refresh_tokens.insert().values(
            token_hash=token_hash(token),
            family_id=family_id,
            account_id=account.account_id,
            expires_at=now + REFRESH_LIFETIME,
        )
    )
    caller = Caller(
        kind=CallerKind(account.kind),
        account_id=account.account_id,
        provider_id=account.provider_id,
        company_id=account.company_id,
        contact_id=account.contact_id,
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
