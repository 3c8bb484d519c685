"""One customer's rows as they were at a moment in the past: folded anew up to then, for one answer only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from services.portal_read.projection import PORTAL
from services.portal_read.view import View
from shared.contracts.errors import Unavailable
from shared.contracts.position import Position
from shared.eventlog.tables import events
from shared.projections.build import Build, Unfoldable, trial_generation
from shared.projections.history import Owner


class PastView(View):
    """Its rows are written into the transaction of the query, which never commits: nobody else sees them."""

    def __init__(
        self, connection: Connection, *, provider_id: UUID, company_id: UUID, as_of: datetime
    ) -> None:
        super().__init__(connection, provider_id=provider_id, company_id=company_id, now=as_of)
        self.generation = self.provider_generation = trial_generation(connection)
        company, provider = Owner(company_id, provider_id), Owner(provider_id, provider_id)
        self._at = max(self._fold(owner, as_of) for owner in (company, provider))

    def freshness(self) -> dict[str, Any]:
        """The position that the moment stands for; what happened later is not missing."""
        return {"position": Position(self._partition, self._at), "age_seconds": 0.0, "stale": False}

    def _fold(self, owner: Owner, as_of: datetime) -> int:
        """Fold what had happened to an owner; the position of the last of it. Raises Unavailable."""
        until = self._last(owner, as_of)
        build = Build(PORTAL, owner)
        try:
            build.fold(self.connection, until)
        except Unfoldable:
            raise Unavailable("What was to be seen then can't be made out just now; ask for later.") from None
        build.write(self.connection, self.generation)
        return until

    def _last(self, owner: Owner, as_of: datetime) -> int:
        statement = select(func.coalesce(func.max(events.c.position), 0)).where(events.c.recorded_at <= as_of)
        if owner.is_provider:
            statement = statement.where(events.c.provider_id == owner.id, events.c.company_id.is_(None))
        else:
            statement = statement.where(events.c.company_id == owner.id)
        return int(self.connection.execute(statement).scalar_one())
