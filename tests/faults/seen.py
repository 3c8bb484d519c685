"""What is there after a trial: the log, the inbox, the ledger of mails, the customers' view."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, select

from services.notifications.tables import deliveries
from services.portal_read.projection import PORTAL
from shared.contracts.position import Position
from shared.eventlog.tables import events, inbox, partitions, relay
from tests.faults.model import Rows

CAUSED = "service"


@dataclass(frozen=True)
class Seen:
    """One moment of the database."""

    events: list[Row[Any]]
    heads: dict[int, int]
    published: dict[int, int]
    projected: dict[int, int]
    handled: dict[str, set[UUID]]
    deliveries: list[Row[Any]]
    unfinished_resyncs: int

    @classmethod
    def of(cls, engine: Engine) -> "Seen":
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            handled: dict[str, set[UUID]] = defaultdict(set)
            for row in connection.execute(select(inbox.c.subscription, inbox.c.event_id)):
                handled[row.subscription].add(row.event_id)
            resyncs = PORTAL.resyncs
            return cls(
                list(connection.execute(select(events).order_by(events.c.partition, events.c.position))),
                dict(_pairs(connection, partitions.c.partition, partitions.c.head)),
                dict(_pairs(connection, relay.c.partition, relay.c.position)),
                dict(_pairs(connection, PORTAL.checkpoints.c.partition, PORTAL.checkpoints.c.position)),
                handled,
                list(connection.execute(select(deliveries))),
                len(
                    connection.execute(
                        select(resyncs.c.resync_id).where(resyncs.c.finished_at.is_(None))
                    ).all()
                ),
            )

    @cached_property
    def by_command(self) -> dict[UUID, list[Row[Any]]]:
        """Correlation → the events that the command itself appended, without what followed from them."""
        found: dict[UUID, list[Row[Any]]] = defaultdict(list)
        for event in self.events:
            if event.actor["kind"] != CAUSED:
                found[event.correlation_id].append(event)
        return found

    def of_type(self, type: str) -> list[Row[Any]]:
        return [event for event in self.events if event.type == type]

    @cached_property
    def orders_by_request(self) -> Counter[str]:
        return Counter(event.payload["request_id"] for event in self.of_type("order_created"))


def view(engine: Engine, company_id: str, table: str) -> Rows:
    """A company's live rows of one table, by id, in texts."""
    rows, owners = PORTAL.tables[table], PORTAL.owners
    live = select(owners.c.generation).where(owners.c.owner_id == UUID(company_id)).scalar_subquery()
    with engine.connect() as connection:
        found = connection.execute(
            select(rows).where(rows.c.owner_id == UUID(company_id), rows.c.generation == live)
        ).mappings()
        return {
            str(row[list(rows.primary_key)[2].name]): {
                name: str(value) if isinstance(value, UUID) else value for name, value in row.items()
            }
            for row in found
        }


def at(event: Row[Any]) -> Position:
    return Position(event.partition, event.position)


def _pairs(connection: Connection, key: Any, value: Any) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in connection.execute(select(key, value))]
