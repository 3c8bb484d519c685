"""A process of a new version answers when it is as far as the log was, however much comes meanwhile."""

from sqlalchemy import Engine

from shared.contracts.position import Position
from shared.projections import versions
from shared.projections.freshness import Freshness
from shared.projections.handover import Handover
from tests.integration.eventlog.given import register
from tests.integration.projections.workers import provider_in, working
from tests.support.second_version import SECOND
from tests.support.waiting import wait_until


def test_beside_another_version_it_waits_for_what_there_was_at_its_beginning_and_no_longer(database: Engine):
    freshness = Freshness(database, SECOND)
    handover = Handover(database, SECOND, freshness)
    register(database, provider_id=provider_in(database, 3))
    with working(database):
        wait_until(lambda: versions.others_serve(database, SECOND), what="the first version is served")
        assert not handover.is_due()
        register(database, provider_id=provider_in(database, 3))
        register(database, provider_id=provider_in(database, 4))
        freshness.reached(Position(3, 1))
        assert handover.is_due()


def test_where_nobody_serves_another_version_it_need_not_wait(database: Engine):
    register(database)
    assert Handover(database, SECOND, Freshness(database, SECOND)).is_due()
