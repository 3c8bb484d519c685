"""`portal_read` of a release to come: it serves the second version of the projection, and just its sites."""

from typing import Any

from sqlalchemy import select

from shared.contracts import portal_read as contract
from shared.contracts.position import Position
from shared.eventlog import log
from shared.eventlog.unit import Unit
from shared.identity.caller import Caller
from shared.messaging.rpc import CUSTOMER, query
from shared.projections.service import Projected
from tests.support.second_version import SECOND


class PortalReadTwo:
    """Sites are named by their label, so that a caller sees which version has answered."""

    name = "portal_read"

    log: Unit
    caller: Caller
    freshness: Any = Projected(SECOND)

    @query(contract.ReadPage, allow=[CUSTOMER])
    def sites(self, at_least: Position | None, cursor: str | None) -> contract.PortalSitePage:
        reached = at_least is None or bool(self.freshness.wait_for(at_least, 5.0))
        owners, sites = SECOND.owners, SECOND.tables["sites"]
        live = select(owners.c.generation).where(owners.c.owner_id == self.caller.company)
        rows = self.log.snapshot.execute(
            select(sites).where(
                sites.c.owner_id == self.caller.company, sites.c.generation == live.scalar_subquery()
            )
        ).all()
        none = {"open_requests": 0, "upcoming_appointments": 0, "equipment_count": 0}
        places = {"latitude": None, "longitude": None}
        items = [
            contract.PortalSite(site_id=row.site_id, name=row.label, address=row.address, **places, **none)
            for row in rows
        ]
        at = Position(log.partition_of(self.log.engine, self.caller.provider), 0)
        return contract.PortalSitePage(
            position=at, age_seconds=0.0, stale=False, reached=reached, items=items, next=None
        )
