"""Finds what a subscription should have handled and has not: what its queue lost, or what failed there."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, Engine, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.eventlog import privacy
from shared.eventlog.recorded import Recorded
from shared.eventlog.tables import events, inbox, relay, subscriptions

MOST = 500


class Missed:
    """The events of one type that were published a while ago and that a subscription has not handled yet.

    The while is the time between two looks: by no clock, so that a wrong one can't hide anything. How far
    all is handled is kept in the database, from a subscription's first look on; what was published before
    that is none of its concern.
    """

    def __init__(self, engine: Engine, subscription: str, event_type: str) -> None:
        self._engine, self._subscription, self._type = engine, subscription, event_type
        self._published: dict[int, int] = {}
        self._looked: dict[int, int] = {}
        self._known: list[Recorded] = []

    def look(self) -> Sequence[Recorded]:
        """What had been published at the look before and is not handled now, in order within a partition.

        At most 500 of a partition more than the last time.
        """
        with self._engine.begin() as connection:
            _begin(connection, self._subscription)
            for partition, position in _positions(connection, self._subscription):
                self._known += self._new(connection, partition, self._looked.setdefault(partition, position))
            handled = _handled(connection, self._subscription, [each.event_id for each in self._known])
            self._known = [each for each in self._known if each.event_id not in handled]
            for partition in self._looked:
                _move(connection, self._subscription, partition, self._complete_up_to(partition))
            published = select(relay.c.partition, relay.c.position)
            self._published = {row.partition: row.position for row in connection.execute(published)}
        return list(self._known)

    def _new(self, connection: Connection, partition: int, after: int) -> list[Recorded]:
        until = self._published.get(partition, after)
        found = privacy.read(
            connection,
            privacy.SELECTED.where(events.c.partition == partition, events.c.type == self._type)
            .where(events.c.position > after, events.c.position <= until)
            .order_by(events.c.position)
            .limit(MOST),
        )
        self._looked[partition] = found[-1].position if len(found) == MOST else max(until, after)
        return found

    def _complete_up_to(self, partition: int) -> int:
        missing = [each.position for each in self._known if each.partition == partition]
        return min(missing) - 1 if missing else self._looked[partition]


def give_up(connection: Connection, subscription: str, event_id: UUID) -> None:
    """Have an event count as handled, so that it is missed no longer; without such an event, do nothing."""
    event = select(literal(subscription), events.c.event_id).where(events.c.event_id == event_id)
    connection.execute(
        insert(inbox).from_select(["subscription", "event_id"], event).on_conflict_do_nothing()
    )


def overdue(connection: Connection, subscription: str, event_type: str, *, minutes: int) -> int:
    """How many published events a subscription has not handled for so long."""
    handled = exists().where(inbox.c.subscription == subscription, inbox.c.event_id == events.c.event_id)
    return connection.execute(
        select(func.count())
        .select_from(events)
        .join(subscriptions, subscriptions.c.partition == events.c.partition)
        .join(relay, relay.c.partition == events.c.partition)
        .where(subscriptions.c.subscription == subscription, events.c.type == event_type)
        .where(events.c.position > subscriptions.c.position, events.c.position <= relay.c.position)
        .where(events.c.recorded_at < func.now() - func.make_interval(0, 0, 0, 0, 0, minutes), ~handled)
    ).scalar_one()


def _begin(connection: Connection, subscription: str) -> None:
    """A new subscription's concern begins with what is not published yet."""
    here = select(literal(subscription), relay.c.partition, relay.c.position)
    connection.execute(
        insert(subscriptions)
        .from_select(["subscription", "partition", "position"], here)
        .on_conflict_do_nothing()
    )


def _positions(connection: Connection, subscription: str) -> list[tuple[int, int]]:
    statement = select(subscriptions.c.partition, subscriptions.c.position).where(
        subscriptions.c.subscription == subscription
    )
    return [(row.partition, row.position) for row in connection.execute(statement)]


def _handled(connection: Connection, subscription: str, ids: list[UUID]) -> set[UUID]:
    if not ids:
        return set()
    statement = select(inbox.c.event_id).where(
        inbox.c.subscription == subscription, inbox.c.event_id.in_(ids)
    )
    return set(connection.execute(statement).scalars())


def _move(connection: Connection, subscription: str, partition: int, position: int) -> None:
    connection.execute(
        update(subscriptions)
        .where(subscriptions.c.subscription == subscription, subscriptions.c.partition == partition)
        .where(subscriptions.c.position < position)
        .values(position=position)
    )
