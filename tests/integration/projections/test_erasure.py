"""No view that was being built keeps what it has read of somebody who was erased meanwhile."""

from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from services.portal_read.projection import PORTAL
from shared.contracts.customers import ContactErased
from shared.contracts.declare import ERASED
from shared.contracts.portal_read import ResyncState
from shared.eventlog import log, subject_keys
from shared.eventlog.log import New
from shared.projections.freshness import Freshness
from shared.projections.history import Owner
from shared.projections.renewal import renew
from shared.projections.resync import Resyncer
from shared.projections.worker import Worker
from tests.integration.eventlog.given import ORIGIN, PROVIDER, register


@pytest.fixture
def worker(database: Engine) -> Worker:
    """One that holds all partitions; what is new it folds when it is told to."""
    worker = Worker(database, PORTAL, Freshness(database, PORTAL), owner="erasure")
    worker.hold_share()
    return worker


def names(engine: Engine, company_id: UUID) -> list[str]:
    """What the view calls a company, in whatever generation."""
    with engine.connect() as connection:
        statement = text("SELECT name FROM portal_read.companies WHERE owner_id = :id")
        return list(connection.execute(statement, {"id": company_id}).scalars())


def erase(engine: Engine, company_id: UUID, subject: UUID) -> None:
    """As `customers` does it; here the company's own name stands for what is a person's."""
    erased = ContactErased(company_id=company_id, contact_id=subject, was_main_contact=False)
    with engine.begin() as connection:
        subject_keys.erase(connection, subject)
        log.append(connection, ORIGIN, [New("company", company_id, 2, PROVIDER, company_id, erased)])


def test_what_was_folded_of_a_person_before_is_gone_once_the_erasure_is_folded(
    database: Engine, worker: Worker
):
    company_id = register(database)
    worker.catch_up()
    assert names(database, company_id) == ["Bäckerei Öztürk"]
    erase(database, company_id, company_id)
    worker.catch_up()
    assert Resyncer(database, PORTAL).step()
    assert names(database, company_id) == [ERASED]


def test_a_resync_that_has_read_a_person_before_the_erasure_begins_anew(database: Engine, worker: Worker):
    company_id = register(database)
    worker.catch_up()
    read: list[int] = []

    def erase_once(events: int) -> None:
        if not read:
            read.append(events)
            erase(database, company_id, company_id)

    renewed = renew(database, PORTAL, Owner(company_id, PROVIDER), progress=erase_once)
    assert (read, renewed.events) == ([1], 1)
    assert names(database, company_id) == [ERASED]


def test_the_erasure_of_one_company_leaves_the_view_of_others_alone(database: Engine, worker: Worker):
    company_id, other = register(database), register(database)
    erase(database, company_id, uuid7())
    worker.catch_up()
    with database.connect() as connection:
        statement = text("SELECT owner_id, state FROM portal_read.resyncs")
        assert connection.execute(statement).all() == [(company_id, ResyncState.QUEUED)]
    assert names(database, other) == ["Bäckerei Öztürk"]
