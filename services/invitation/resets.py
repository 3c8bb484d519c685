"""Setting another password: by the secret of a mail, or by the password that is set now."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import eventlet
from sqlalchemy import Engine, Row, select
from sqlalchemy.dialects.postgresql import insert

from services.invitation import access, accounts, domain, passwords
from services.invitation.tables import accounts as account_rows
from services.invitation.tables import reset_tokens
from services.invitation.tokens import new_token, token_hash
from shared.contracts.errors import InvalidTransition, NotFound, ValidationFailed
from shared.contracts.invitation import IssuedToken, PasswordResetRequested
from shared.eventlog.unit import Stream, Unit

LIFETIME = timedelta(hours=1)
_ANSWER_AFTER_S = (0.1, 0.2)
_CHANCE = random.SystemRandom()


@contextmanager
def taking_as_long() -> Iterator[None]:
    """Let the block take a time that tells nothing of what it did."""
    until = time.monotonic() + _CHANCE.uniform(*_ANSWER_AFTER_S)
    yield
    eventlet.sleep(max(0.0, until - time.monotonic()))


def request(log: Unit, email: str, *, now: datetime) -> None:
    """Record the wish for another password, where there is an account that may sign in; a few an hour."""
    account = accounts.find(log.connection, accounts.has_address(email))
    if account is None or access.refusal(log, account) is not None:
        return
    log.hold(f"account {account.account_id}")
    stream = _stream(log, account)
    stream.create(
        domain.request_reset,
        account_id=account.account_id,
        contact_id=account.contact_id,
        requested=[each.recorded_at for each in stream.history if each.type == PasswordResetRequested.type],
        now=now,
    )


def issue_token(log: Unit, account_id: UUID, *, now: datetime) -> IssuedToken:
    """Make the secret that sets another password once within an hour; the one before ends.

    Raises NotFound, InvalidTransition.
    """
    account = accounts.by_id(log.connection, account_id)
    if (refused := access.refusal(log, account)) is not None:
        raise InvalidTransition(refused.message, reason=refused.code)
    token = new_token()
    values = {"token_hash": token_hash(token), "expires_at": now + LIFETIME}
    log.connection.execute(
        insert(reset_tokens)
        .values(account_id=account_id, **values)
        .on_conflict_do_update(index_elements=["account_id"], set_=values)
    )
    return IssuedToken(token=token, email=account.email)


def by_token(engine: Engine, token: str, *, now: datetime) -> Row[Any]:
    """The account that the secret is for. Holds and changes nothing. Raises NotFound, InvalidTransition."""
    statement = (
        select(account_rows, reset_tokens.c.expires_at)
        .join(reset_tokens, reset_tokens.c.account_id == account_rows.c.account_id)
        .where(reset_tokens.c.token_hash == token_hash(token))
    )
    with engine.connect() as connection:
        row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound("password reset")
    if row.expires_at <= now:
        raise InvalidTransition("The link has run out; ask for a new one.", state="expired")
    return row


def verified(engine: Engine, account_id: UUID, current: str, new: str) -> Row[Any] | None:
    """The account, if `current` is its password, or None where `new` is already: this was asked for before.

    Raises ValidationFailed.
    """
    its = accounts.has_id(account_id)
    account = accounts.verified(engine, its, current)
    if account is None and accounts.verified(engine, its, new) is None:
        raise ValidationFailed({"current": ["This is not the current password."]})
    return account


def set_password(log: Unit, account: Row[Any], password: str, *, field: str) -> None:
    """Change the password of the account as it was read; every secret that would reset it ends.

    Raises ValidationFailed, Conflict.
    """
    personal = access.personal_words(
        log,
        account.provider_id,
        account.email,
        company_id=account.company_id,
        contact_id=account.contact_id,
    )
    password_hash = passwords.hash_of_new(password, field=field, personal=personal)
    accounts.set_password(log.connection, account, password_hash)
    _stream(log, account).create(
        domain.change_password, account_id=account.account_id, contact_id=account.contact_id
    )


def _stream(log: Unit, account: Row[Any]) -> Stream[None]:
    owner = {"provider_id": account.provider_id, "company_id": account.company_id}
    return log.find(domain.ACCOUNT, account.account_id) or log.new(
        domain.ACCOUNT, account.account_id, **owner
    )
