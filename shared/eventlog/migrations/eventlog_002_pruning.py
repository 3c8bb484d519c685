"""Finds old commands, to forget them, without reading all."""

from alembic import op

revision = "eventlog_002"
down_revision = "eventlog_001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX commands_recorded_at ON eventlog.commands (recorded_at)")


def downgrade() -> None:
    op.execute("DROP INDEX eventlog.commands_recorded_at")
