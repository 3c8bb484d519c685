"""Documents and attachments, languages, who did what, and what is removed but still has a name.

What was folded so far knows nothing of all this, so it is folded anew: the rows go, the checkpoints go back
to the beginning, and whoever folded until now is fenced off. The worker of the next `portal_read` that runs
brings everything back from the log, which holds it all. Until it is through, customers see less than there
is, and answers say how old they are.
"""

from alembic import op

revision = "portal_read_004"
down_revision = "portal_read_003"
branch_labels = None
depends_on = None

_OLD = "providers, companies, contacts, sites, equipment, requests, orders, appointments"
_COLUMNS = {
    "providers": ("language text",),
    "companies": ("main_contact_id uuid",),
    "contacts": ("language text",),
    "sites": ("removed boolean",),
    "equipment": ("removed boolean",),
    "requests": ("answered_by uuid", "attachment_ids uuid[]"),
    "appointments": ("reason text",),
}
_TABLES = {
    "attachments": ("attachment_id", "filename text, media_type text, size bigint"),
    "documents": (
        "document_id",
        "kind text, number text, title text, filename text, media_type text, size bigint, sha256 text,"
        " site_id uuid, order_id uuid, amount numeric, currency text, valid_until date, status text,"
        " published_at timestamptz, answered_at timestamptz, answered_by uuid, reason text",
    ),
}


def upgrade() -> None:
    _fold_anew()
    for table, columns in _COLUMNS.items():
        op.execute(
            f"ALTER TABLE portal_read.{table} " + ", ".join(f"ADD COLUMN {column}" for column in columns)
        )
    for table, (key, others) in _TABLES.items():
        op.execute(
            f"""
            CREATE TABLE portal_read.{table} (
                owner_id   uuid    NOT NULL,
                generation integer NOT NULL,
                {key} uuid NOT NULL,
                {others},
                PRIMARY KEY (owner_id, generation, {key})
            )
            """
        )
    op.execute(
        """
        CREATE INDEX appointments_by_start
            ON portal_read.appointments (owner_id, generation, starts_at, appointment_id)
        """
    )
    op.execute(
        "CREATE INDEX appointments_of_order ON portal_read.appointments (owner_id, generation, order_id)"
    )


def downgrade() -> None:
    _fold_anew()
    op.execute("DROP TABLE portal_read.attachments, portal_read.documents")
    op.execute("DROP INDEX portal_read.appointments_by_start, portal_read.appointments_of_order")
    for table, columns in _COLUMNS.items():
        names = (column.split()[0] for column in columns)
        op.execute(f"ALTER TABLE portal_read.{table} " + ", ".join(f"DROP COLUMN {name}" for name in names))


def _fold_anew() -> None:
    tables = ", ".join(f"portal_read.{table}" for table in _OLD.split(", "))
    op.execute(f"TRUNCATE {tables}, portal_read.owners")
    op.execute(
        """
        UPDATE portal_read.checkpoints
           SET position = 0, owner = NULL, fence = fence + 1, expires_at = '-infinity'
        """
    )
