"""A process that shows a projection is ready while it follows closely."""

from sqlalchemy import Engine, text

from services.portal_read.projection import PORTAL
from shared.projections.watching import behind
from tests.integration.eventlog.given import register
from tests.integration.projections.workers import provider_in


def test_what_waits_for_a_moment_is_no_obstacle_and_what_waits_for_long_names_its_partition(
    database: Engine,
):
    assert behind(database, PORTAL) is None
    register(database, provider_id=provider_in(database, 3))
    assert behind(database, PORTAL) is None
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE eventlog.events DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE eventlog.events SET recorded_at = now() - interval '31 seconds'"))
    assert behind(database, PORTAL) == "more than 30 s behind in the partitions [3]"
