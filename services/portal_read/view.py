"""One customer's rows at one moment: every query of an answer reads the same snapshot."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, func, select

from services.portal_read.projection import PORTAL
from shared.contracts.declare import field_names
from shared.contracts.position import Position
from shared.eventlog import log
from shared.eventlog.tables import events
from shared.formats import TIME_ZONE

T = TypeVar("T")
_NO_GENERATION = -1
_company, _provider = PORTAL.owners.alias("company"), PORTAL.owners.alias("provider")
_missing = events.alias("missing")


class View:
    """The live generation of a company's rows, and of its provider's, as they are at `now`."""

    def __init__(self, connection: Connection, *, provider_id: UUID, company_id: UUID, now: datetime) -> None:
        self.connection, self.now = connection, now
        self.provider_id, self.company_id = provider_id, company_id
        self._partition = log.partition_of(connection.engine, provider_id)
        self._state = connection.execute(self._look()).one()
        self.generation = self._state.company_generation or _NO_GENERATION
        self.provider_generation = self._state.provider_generation or _NO_GENERATION

    @property
    def today(self) -> date:
        """The day by which offers run out."""
        return self.now.astimezone(TIME_ZONE).date()

    def of(self, table: Any) -> ColumnElement[bool]:
        """The condition that a row of `table`, or of an alias of one, is the company's live one."""
        return and_(table.c.owner_id == self.company_id, table.c.generation == self.generation)

    def of_provider(self, table: Table) -> ColumnElement[bool]:
        """The condition that a row of `table` is the provider's own live one."""
        return and_(table.c.owner_id == self.provider_id, table.c.generation == self.provider_generation)

    def all(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        return self.connection.execute(statement).all()

    def first(self, statement: Select[Any]) -> Row[Any] | None:
        return self.connection.execute(statement).first()

    def freshness(self) -> dict[str, Any]:
        """Which position the snapshot reflects, how many seconds the oldest missing event is old, and
        whether the company is parked.
        """
        missing, parked = self._state.missing_since, (self._state.parked_at, self._state.provider_parked_at)
        return {
            "position": Position(self._partition, self._state.position),
            "age_seconds": max((self.now - missing).total_seconds(), 0.0) if missing else 0.0,
            "stale": any(at is not None for at in parked),
        }

    def _look(self) -> Select[Any]:
        checkpoints = PORTAL.checkpoints
        # What somebody was parked at is missing, too; LEAST passes over those who were not.
        oldest = func.least(checkpoints.c.position + 1, _company.c.parked_at, _provider.c.parked_at)
        return (
            select(
                checkpoints.c.position,
                _missing.c.recorded_at.label("missing_since"),
                _company.c.generation.label("company_generation"),
                _company.c.parked_at,
                _provider.c.generation.label("provider_generation"),
                _provider.c.parked_at.label("provider_parked_at"),
            )
            .select_from(checkpoints)
            .outerjoin(_company, _company.c.owner_id == self.company_id)
            .outerjoin(_provider, _provider.c.owner_id == self.provider_id)
            .outerjoin(
                _missing,
                and_(_missing.c.partition == checkpoints.c.partition, _missing.c.position == oldest),
            )
            .where(checkpoints.c.partition == self._partition)
        )


def as_message(cls: type[T], row: Row[Any]) -> T:
    """The message whose fields are named as columns of the row; other columns are left out."""
    return cls(**{name: row._mapping[name] for name in field_names(cast(type, cls))})
