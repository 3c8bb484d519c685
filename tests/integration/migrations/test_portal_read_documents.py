"""The read model is folded anew from the beginning, whatever was in it and whoever folded it so far."""

from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from services.portal_read.projection import PORTAL
from shared.contracts.customers import SiteAdded, SiteRemoved
from shared.contracts.stream import StreamType
from shared.database.migrate import upgrade
from shared.eventlog.lease import Fenced, Leases
from shared.eventlog.log import partition_of
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from tests.integration.eventlog.given import ORIGIN, PROVIDER, register
from tests.integration.projections.workers import position, until_projected, value, working

SITE: StreamType[SiteAdded] = StreamType("site", lambda _, event: event)


def removed_site(engine: Engine, company_id: UUID) -> None:
    site_id = uuid7()
    added = SiteAdded(site_id=site_id, company_id=company_id, name="Süd", address="Bahnhofstraße 1")
    with unit_of_work(engine, Scope.EVERYTHING) as unit:
        site = unit.new(SITE, site_id, provider_id=PROVIDER, company_id=company_id)
        site.create(lambda: [added, SiteRemoved(site_id=site_id)])
        unit.commit(ORIGIN)


def folded_before(engine: Engine, company_id: UUID, *, reached: int) -> None:
    """What an earlier version left: rows, one of them of nothing in the log, and a checkpoint at the head."""
    with engine.begin() as connection:
        parameters = {"company": company_id, "stray": uuid7(), "provider": PROVIDER}
        for statement in (
            "INSERT INTO portal_read.owners VALUES (:company, 3, 1, 'some error', :provider)",
            "INSERT INTO portal_read.companies VALUES (:company, 3, :stray, 'From before', NULL)",
        ):
            connection.execute(text(statement), parameters)
        moved = text("UPDATE portal_read.checkpoints SET position = :reached WHERE partition = :partition")
        connection.execute(moved, {"reached": reached, "partition": partition_of(engine, PROVIDER)})


def test_everything_is_folded_anew_and_removed_sites_keep_their_name(empty: Engine):
    upgrade(empty, to="eventlog@heads")
    upgrade(empty, to="portal_read_003")
    company_id = register(empty)
    removed_site(empty, company_id)
    folded_before(empty, company_id, reached=3)
    upgrade(empty)
    assert position(empty, partition_of(empty, PROVIDER)) == 0
    with working(empty):
        until_projected(empty, "Bäckerei Öztürk")
    assert position(empty, partition_of(empty, PROVIDER)) == 3
    statement = "SELECT name FROM portal_read.sites WHERE removed AND owner_id = :company"
    assert value(empty, statement, company=company_id) == "Süd"
    assert value(empty, "SELECT count(*) FROM portal_read.owners WHERE parked_at IS NOT NULL") == 0


def test_who_folded_until_then_can_not_move_the_checkpoint_any_more(empty: Engine):
    upgrade(empty, to="portal_read_003")
    [lease, *_] = Leases(empty, PORTAL.checkpoints, "an old worker").acquire()
    upgrade(empty)
    with empty.begin() as connection, pytest.raises(Fenced):
        Leases(empty, PORTAL.checkpoints, "an old worker").save(connection, [(lease, 1)])
