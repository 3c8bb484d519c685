"""A provider's own events can be read without those of its customers."""

from alembic import op

revision = "eventlog_003"
down_revision = "eventlog_002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE INDEX events_provider ON eventlog.events (provider_id, position)
        WHERE company_id IS NULL
        """
    )


def downgrade() -> None:
    op.execute("DROP INDEX eventlog.events_provider")
