"""The ledger of mails: what is to be sent, what is under way, and what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from services.notifications import domain
from services.notifications.tables import deliveries
from shared.contracts.notifications import DeliveryState, MailTemplate

# Longer than an attempt takes, so that PostgreSQL does not end the transaction that holds the row meanwhile.
LONGEST_HOLD_S = 900
# As the index has it.
UNFINISHED = text("state IN ('queued', 'sending')")


@dataclass(frozen=True)
class Delivery:
    """A mail that is due; `attempts` counts the one that begins now."""

    id: UUID
    about: UUID
    partition: int
    position: int
    template: MailTemplate
    provider_id: UUID
    company_id: UUID | None
    contact_id: UUID | None
    correlation_id: UUID
    attempts: int
    error: str | None
    due_at: datetime
    created_at: datetime


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    """Write down a mail to send, unless that event's mail to that recipient is there already."""
    connection.execute(insert(deliveries).values(**values).on_conflict_do_nothing())


def claim(connection: Connection, *, but: Iterable[UUID] = ()) -> Delivery | None:
    """Begin an attempt at the mail that has been due the longest, of those that nobody works on, `but` some.

    The attempt is counted, and the next one put off, before anything is done: a mail that brings the process
    down comes again later, behind the others.
    """
    row = connection.execute(
        select(deliveries)
        .where(UNFINISHED, deliveries.c.due_at <= func.clock_timestamp())
        .where(deliveries.c.delivery_id.not_in(list(but)))
        .order_by(deliveries.c.due_at, deliveries.c.delivery_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    attempts = row.attempts + 1
    connection.execute(
        update(deliveries)
        .where(deliveries.c.delivery_id == row.delivery_id)
        .values(state=DeliveryState.SENDING, attempts=attempts, due_at=_in(domain.retry_delay(attempts)))
    )
    return _delivery(row, attempts)


def hold(connection: Connection, delivery: Delivery) -> bool:
    """Lock the row of an attempt until the transaction ends; False where another process has taken it over.

    While it is locked no other process takes the mail; if this one dies, the lock dies with its connection.
    """
    connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{LONGEST_HOLD_S}s'"))
    held = connection.execute(_attempt(delivery).with_for_update(skip_locked=True))
    return held.one_or_none() is not None


def is_under_way(connection: Connection, delivery: Delivery) -> bool:
    """Whether the attempt is the last one, and its end is not written down, whoever locks its row."""
    return connection.execute(_attempt(delivery)).one_or_none() is not None


def finish(connection: Connection, delivery: Delivery, state: DeliveryState, error: str | None) -> None:
    """Write down how it ended."""
    _set(connection, delivery, state=state, error=error, finished_at=func.clock_timestamp())


def try_again(connection: Connection, delivery: Delivery, error: str, *, at_once: bool) -> None:
    """Have it sent later: some time after this attempt's end, or as soon as the mail server is back."""
    due = delivery.due_at if at_once else _in(domain.retry_delay(delivery.attempts))
    _set(connection, delivery, state=DeliveryState.QUEUED, error=error, due_at=due)


def _attempt(delivery: Delivery) -> Select[Any]:
    return select(deliveries.c.delivery_id).where(
        deliveries.c.delivery_id == delivery.id,
        deliveries.c.state == DeliveryState.SENDING,
        deliveries.c.attempts == delivery.attempts,
    )


def _set(connection: Connection, delivery: Delivery, **values: Any) -> None:
    connection.execute(update(deliveries).where(deliveries.c.delivery_id == delivery.id).values(**values))


def _in(delay: timedelta) -> Any:
    return func.clock_timestamp() + text(f"interval '{delay.total_seconds()} seconds'")


def _delivery(row: Row[Any], attempts: int) -> Delivery:
    return Delivery(
        id=row.delivery_id,
        about=row.about,
        partition=row.partition,
        position=row.position,
        template=MailTemplate(row.template),
        provider_id=row.provider_id,
        company_id=row.company_id,
        contact_id=row.contact_id,
        correlation_id=row.correlation_id,
        attempts=attempts,
        error=row.error,
        due_at=row.due_at,
        created_at=row.created_at,
    )
