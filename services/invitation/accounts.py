"""Accounts: who can sign in, and with which password."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, exists, false, func, select, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from services.invitation import access, passwords
from services.invitation.company import COMPANY, PROVIDER
from services.invitation.tables import accounts, reset_tokens
from shared.contracts.errors import Conflict, NotFound
from shared.contracts.invitation import AccountView
from shared.contracts.values import CallerKind
from shared.eventlog.log import VersionConflict
from shared.eventlog.unit import Unit


def folded(email: str) -> str:
    """The address as it is compared."""
    return email.strip().lower()


def has_id(account_id: UUID) -> ColumnElement[bool]:
    """The condition that an account is this one."""
    return accounts.c.account_id == account_id


def has_address(email: str) -> ColumnElement[bool]:
    """The condition that an account has this address."""
    if "\0" in email:
        return false()  # PostgreSQL can't even be asked for such a text.
    return func.lower(accounts.c.email) == folded(email)


def find(connection: Connection, condition: ColumnElement[bool]) -> Row[Any] | None:
    return connection.execute(select(accounts).where(condition)).one_or_none()


def by_id(connection: Connection, account_id: UUID) -> Row[Any]:
    """The account. Raises NotFound."""
    found = find(connection, has_id(account_id))
    if found is None:
        raise NotFound("account")
    return found


def verified(engine: Engine, condition: ColumnElement[bool], password: str) -> Row[Any] | None:
    """The account, if the password is its own; takes as long where there is none.

    No connection is held while the password is checked.
    """
    with engine.connect() as connection:
        account = find(connection, condition)
    return account if passwords.matches(password, account.password_hash if account else None) else None


def exists_for(connection: Connection, contact_id: UUID) -> bool:
    return bool(connection.execute(select(exists().where(accounts.c.contact_id == contact_id))).scalar())


def made_at(connection: Connection, contact_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Since when those of the contacts who have an account have it."""
    statement = select(accounts.c.contact_id, accounts.c.created_at)
    rows = connection.execute(statement.where(accounts.c.contact_id.in_(contact_ids)))
    return {row.contact_id: row.created_at for row in rows}


def add(connection: Connection, values: dict[str, Any]) -> Row[Any]:
    """Insert an account; raises Conflict when its address, or its contact, has one already."""
    row = connection.execute(
        insert(accounts).values(values).on_conflict_do_nothing().returning(accounts)
    ).one_or_none()
    if row is None:
        raise Conflict("This e-mail address already has an account; sign in, or use another address.")
    return row


def add_staff(log: Unit, provider_id: UUID, email: str, password: str) -> UUID:
    """The new account of a member of a provider's staff. Raises NotFound, ValidationFailed, Conflict."""
    log.stream(PROVIDER, provider_id)
    password_hash = passwords.hash_of_new(password, personal=access.personal_words(log, provider_id, email))
    staff_id = uuid7()
    add(
        log.connection,
        {
            "account_id": staff_id,
            "kind": CallerKind.STAFF,
            "provider_id": provider_id,
            "email": email,
            "password_hash": password_hash,
        },
    )
    return staff_id


def view(account: Row[Any]) -> AccountView:
    return AccountView(
        account_id=account.account_id,
        kind=CallerKind(account.kind),
        provider_id=account.provider_id,
        company_id=account.company_id,
        contact_id=account.contact_id,
        email=account.email,
    )


def remove_lapsed(log: Unit, company_id: UUID) -> None:
    """Take the account from who is no contact of the company any more, or has another address there.

    Its sessions end, its address is free, and the contact can be invited anew. By what the company is now,
    whatever event it was that came.
    """
    people = log.stream(COMPANY, company_id).state.people
    held = select(accounts.c.contact_id, accounts.c.email).where(accounts.c.company_id == company_id)
    lapsed = [
        row.contact_id
        for row in log.connection.execute(held).all()
        if row.contact_id not in people or folded(people[row.contact_id].email or "") != folded(row.email)
    ]
    log.connection.execute(delete(accounts).where(accounts.c.contact_id.in_(lapsed)))


def hold(connection: Connection, account: Row[Any]) -> None:
    """Keep the password as it was when the account was read, until the commit.

    Raises Conflict when it was changed in between: who knew only the old one must not begin a session.
    """
    statement = select(accounts.c.password_hash).where(accounts.c.account_id == account.account_id)
    kept = connection.execute(statement.with_for_update(key_share=True)).scalar_one_or_none()
    if kept != account.password_hash:
        raise Conflict("The password was changed at this moment; try again.")


def set_password(connection: Connection, account: Row[Any], password_hash: str) -> None:
    """Change the password of the account as it was read; a token that would reset it ends.

    Raises VersionConflict when it was changed in between.
    """
    changed = connection.execute(
        update(accounts)
        .where(accounts.c.account_id == account.account_id, accounts.c.password_hash == account.password_hash)
        .values(password_hash=password_hash)
    )
    if changed.rowcount == 0:
        raise VersionConflict
    connection.execute(delete(reset_tokens).where(reset_tokens.c.account_id == account.account_id))


def rehash_if_outdated(connection: Connection, account: Row[Any], password: str) -> None:
    """Keep a stronger hash of the password where the one kept was made with weaker settings than today's."""
    if passwords.is_outdated(account.password_hash):
        connection.execute(
            update(accounts)
            .where(accounts.c.account_id == account.account_id)
            .values(password_hash=passwords.hashed(password))
        )
