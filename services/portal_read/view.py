"""One customer's rows at one moment: every query of an answer reads the same snapshot."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, select

from services.portal_read.tables import checkpoints, owners
from shared.contracts.position import Position
from shared.eventlog import log
from shared.eventlog.tables import events


class View:
    """The live generation of a company's rows, and of its provider's."""

    def __init__(self, connection: Connection, *, provider_id: UUID, company_id: UUID) -> None:
        self.connection = connection
        self.provider_id, self.company_id = provider_id, company_id

    def of(self, table: Table, owner_id: UUID | None = None) -> ColumnElement[bool]:
        """The condition that a row of `table` is the company's, or the other owner's, live one."""
        owner = owner_id or self.company_id
        live = select(owners.c.generation).where(owners.c.owner_id == owner).scalar_subquery()
        return and_(table.c.owner_id == owner, table.c.generation == live)

    def all(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        return self.connection.execute(statement).all()

    def freshness(self) -> dict[str, Any]:
        """Which position the snapshot reflects, how many seconds the oldest missing event is old, and
        whether the company is parked.
        """
        return {
            "position": str(self.position),
            "age_seconds": self._age(),
            "stale": self._parked(),
        }

    @cached_property
    def position(self) -> Position:
        partition = log.partition_of(self.connection.engine, self.provider_id)
        statement = select(checkpoints.c.position).where(checkpoints.c.partition == partition)
        return Position(partition, self.connection.execute(statement).scalar_one())

    def _age(self) -> float:
        statement = select(events.c.recorded_at).where(
            events.c.partition == self.position.partition,
            events.c.position == self.position.position + 1,
        )
        missing = self.connection.execute(statement).scalar_one_or_none()
        return max((datetime.now(UTC) - missing).total_seconds(), 0.0) if missing else 0.0

    def _parked(self) -> bool:
        statement = select(owners.c.parked_at).where(
            owners.c.owner_id.in_([self.company_id, self.provider_id])
        )
        return any(at is not None for at in self.connection.execute(statement).scalars())
