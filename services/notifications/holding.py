"""What a portal made of a copy does not send: the one that the copy is of may have sent it since."""

from sqlalchemy import Connection, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.notifications.ledger import UNFINISHED
from services.notifications.tables import deliveries, held
from shared.contracts.notifications import DeliveryState, Skipped
from shared.contracts.position import Position
from shared.eventlog.tables import partitions


def hold(connection: Connection) -> int:
    """Hold the mails of all that is in the log; returns how many of them were due.

    Those in the ledger are skipped now; those of events that are still to arrive, when they do.
    """
    heads = select(partitions.c.partition, partitions.c.head)
    up_to = insert(held).from_select(["partition", "position"], heads)
    moved = {"position": up_to.excluded.position}
    connection.execute(up_to.on_conflict_do_update(index_elements=[held.c.partition], set_=moved))
    skipped = {"state": DeliveryState.SKIPPED, "error": Skipped.RESTORED, "finished_at": func.now()}
    return connection.execute(update(deliveries).where(UNFINISHED).values(skipped)).rowcount


def is_held(connection: Connection, position: Position) -> bool:
    """Whether an event's mail is held."""
    beyond = exists().where(held.c.partition == position.partition, held.c.position >= position.position)
    return connection.execute(select(beyond)).scalar_one()
