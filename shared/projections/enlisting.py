"""Who is to be rebuilt: a row an owner, in which each is noted when it is done."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from shared.eventlog.tables import events
from shared.projections.projection import Projection


def enlist(connection: Connection, projection: Projection, everybody: Select[Any]) -> UUID:
    """A new rebuild of those whose ids, and whose providers' ids, a statement selects."""
    rebuild_id, those = uuid7(), everybody.subquery()
    connection.execute(insert(projection.rebuilds).values(rebuild_id=rebuild_id))
    numbered = select(literal(rebuild_id), those, func.row_number().over())
    columns = ["rebuild_id", "owner_id", "provider_id", "share"]
    connection.execute(insert(projection.rebuild_owners).from_select(columns, numbered))
    return rebuild_id


def everybody_in_the_log() -> Select[Any]:
    """Whoever has an event, also those who have no rows."""
    owner = func.coalesce(events.c.company_id, events.c.provider_id)
    return select(owner.label("owner_id"), events.c.provider_id).distinct()


def forget_all_but_the_last(connection: Connection, projection: Projection) -> None:
    """Each has a row an owner, and what an earlier one has done nobody asks for."""
    rebuilds = projection.rebuilds
    ended = rebuilds.c.finished_at.is_not(None)
    last = select(rebuilds.c.rebuild_id).where(ended).order_by(rebuilds.c.finished_at.desc()).limit(1)
    connection.execute(delete(rebuilds).where(ended, rebuilds.c.rebuild_id.not_in(last)))
