"""The projected rows, the owners' generations, the checkpoints."""

from alembic import op

revision = "portal_read_001"
down_revision = None
branch_labels = ("portal_read",)
depends_on = "eventlog_001"

_ROWS = {
    "providers": ("provider_id", "name text, email text, phone text, address text"),
    "companies": ("company_id", "name text, number text"),
    "contacts": (
        "contact_id",
        "first_name text, last_name text, email text, phone text, notifications_enabled boolean",
    ),
    "sites": ("site_id", "name text, address text, latitude float8, longitude float8"),
    "equipment": (
        "equipment_id",
        "site_id uuid, name text, manufacturer text, model text, serial_number text, installed_on date",
    ),
    "requests": (
        "request_id",
        "number text, contact_id uuid, site_id uuid, equipment_id uuid, title text, description text,"
        " status text, note text, reason text, submitted_at timestamptz, answered_at timestamptz",
    ),
    "orders": (
        "order_id",
        "request_id uuid, title text, status text, created_at timestamptz, scheduled_at timestamptz,"
        " completed_at timestamptz",
    ),
    "appointments": (
        "appointment_id",
        "order_id uuid, site_id uuid, starts_at timestamptz, ends_at timestamptz, technician text,"
        " status text",
    ),
}


def upgrade() -> None:
    op.execute("CREATE SCHEMA portal_read")
    op.execute(
        """
        CREATE TABLE portal_read.owners (
            owner_id     uuid PRIMARY KEY,
            generation   integer NOT NULL,
            parked_at    bigint,
            parked_error text
        )
        """
    )
    op.execute(
        """
        CREATE TABLE portal_read.checkpoints (
            partition  smallint    PRIMARY KEY REFERENCES eventlog.partitions,
            position   bigint      NOT NULL DEFAULT 0,
            owner      text,
            fence      bigint      NOT NULL DEFAULT 0,
            expires_at timestamptz NOT NULL DEFAULT '-infinity'
        ) WITH (fillfactor = 10)
        """
    )
    op.execute("INSERT INTO portal_read.checkpoints (partition) SELECT partition FROM eventlog.partitions")
    for name, (key, columns) in _ROWS.items():
        op.execute(
            f"""
            CREATE TABLE portal_read.{name} (
                owner_id   uuid    NOT NULL,
                generation integer NOT NULL,
                {key} uuid NOT NULL,
                {columns},
                PRIMARY KEY (owner_id, generation, {key})
            )
            """
        )
    op.execute("CREATE INDEX orders_of_request ON portal_read.orders (owner_id, generation, request_id)")


def downgrade() -> None:
    op.execute("DROP SCHEMA portal_read CASCADE")
