"""Sessions and invitations of an older schema are kept when it is brought up to date."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import Engine, Row, select, text
from uuid_utils.compat import uuid7

from services.invitation import accounts, domain, sessions, tables
from shared.contracts.invitation import CustomerInvited
from shared.contracts.values import CallerKind
from shared.database.migrate import config, upgrade
from shared.eventlog.log import Origin
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from shared.identity.keys import SigningKey
from shared.identity.tokens import now


@pytest.fixture
def key(keys: Path) -> SigningKey:
    return SigningKey.load(keys, "sessions")


@pytest.fixture
def account(database: Engine) -> Row[Any]:
    values = {"account_id": uuid4(), "provider_id": uuid4(), "kind": CallerKind.STAFF}
    with database.begin() as connection:
        return accounts.add(connection, {**values, "email": "zoe@example.com", "password_hash": "kept"})


def go_back_and_forth(engine: Engine) -> None:
    command.downgrade(config(engine), "invitation_001")
    upgrade(engine)


def test_who_is_signed_in_stays_so(database: Engine, account: Row[Any], key: SigningKey):
    with database.begin() as connection:
        first = sessions.begin(connection, account, key, now=now() - timedelta(days=3))
    with database.begin() as connection:
        second = sessions.renew(connection, first.refresh_token, key, now=now() - timedelta(seconds=1))
    with database.connect() as connection:
        before = connection.execute(select(tables.sessions)).all()
    go_back_and_forth(database)
    with database.begin() as connection:
        assert connection.execute(select(tables.sessions)).all() == before
        assert sessions.renew(connection, second.refresh_token, key, now=now())


def test_an_invitation_is_listed_with_the_provider_of_its_events(database: Engine):
    ids = {name: uuid7() for name in ("invitation_id", "company_id", "contact_id")}
    provider_id = uuid4()
    event = CustomerInvited(**ids, email="zoe@example.com", expires_at=now())
    with unit_of_work(database, Scope.EVERYTHING) as unit:
        owner = {"provider_id": provider_id, "company_id": ids["company_id"]}
        unit.new(domain.INVITATION, ids["invitation_id"], **owner).create(lambda: event)
        unit.connection.execute(tables.invitations.insert().values(**ids, provider_id=provider_id))
        unit.commit(Origin(uuid4(), uuid4(), {"kind": "staff"}))
    go_back_and_forth(database)
    with database.connect() as connection:
        assert (
            connection.execute(text("SELECT provider_id FROM invitation.invitations")).scalar_one()
            == provider_id
        )
