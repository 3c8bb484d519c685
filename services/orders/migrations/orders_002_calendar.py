"""The times of appointments, and their technicians as hashes, filled from the log for those there are.

The hash is the one that the service computes, so it is made by the service's own function.
"""

from collections.abc import Iterator
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

from services.orders.planning import technician_key

revision = "orders_002"
down_revision = "orders_001"
branch_labels = None
depends_on = "eventlog_001"

_STATUS = {"appointment_cancelled": "cancelled", "appointment_completed": "completed"}


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE orders.appointments
            ADD COLUMN provider_id uuid,
            ADD COLUMN technician  bytea,
            ADD COLUMN starts_at   timestamptz,
            ADD COLUMN ends_at     timestamptz,
            ADD COLUMN status      text
        """
    )
    _fill(op.get_bind())
    op.execute(
        """
        ALTER TABLE orders.appointments
            ALTER COLUMN provider_id SET NOT NULL,
            ALTER COLUMN starts_at   SET NOT NULL,
            ALTER COLUMN ends_at     SET NOT NULL,
            ALTER COLUMN status      SET NOT NULL
        """
    )
    op.execute(
        "CREATE INDEX appointments_by_start ON orders.appointments (provider_id, starts_at, appointment_id)"
    )
    op.execute(
        "CREATE INDEX appointments_to_come ON orders.appointments (technician, ends_at)"
        " WHERE status = 'scheduled' AND technician IS NOT NULL"
    )


def downgrade() -> None:
    op.execute(
        """
        ALTER TABLE orders.appointments
            DROP COLUMN provider_id, DROP COLUMN technician, DROP COLUMN starts_at, DROP COLUMN ends_at,
            DROP COLUMN status
        """
    )


def _fill(connection: Connection) -> None:
    rows = list(_appointments(connection))
    if rows:
        connection.execute(
            text(
                """
                UPDATE orders.appointments
                   SET provider_id = :provider_id, technician = :technician,
                       starts_at = CAST(:starts_at AS timestamptz),
                       ends_at = CAST(:ends_at AS timestamptz), status = :status
                 WHERE appointment_id = CAST(:appointment_id AS uuid)
                """
            ),
            rows,
        )


def _appointments(connection: Connection) -> Iterator[dict[str, Any]]:
    """Each appointment as its events leave it; all of one are in one stream, and so in order."""
    found: dict[str, dict[str, Any]] = {}
    events = connection.execute(
        text(
            """
            SELECT type, provider_id, payload
              FROM eventlog.events
             WHERE stream_type = 'order' AND type LIKE 'appointment\\_%'
             ORDER BY partition, position
            """
        )
    )
    for event in events:
        appointment_id = event.payload["appointment_id"]
        if event.type == "appointment_scheduled":
            found[appointment_id] = {
                "appointment_id": appointment_id,
                "provider_id": event.provider_id,
                "technician": technician_key(event.provider_id, event.payload.get("technician")),
                "status": "scheduled",
            }
        if event.type in ("appointment_scheduled", "appointment_rescheduled"):
            found[appointment_id] |= {name: event.payload[name] for name in ("starts_at", "ends_at")}
        found[appointment_id]["status"] = _STATUS.get(event.type, "scheduled")
    yield from found.values()
