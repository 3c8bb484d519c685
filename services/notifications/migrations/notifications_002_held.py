"""Up to where the log's events are somebody else's to tell of: the portal's that this one is a copy of."""

from alembic import op

revision = "notifications_002"
down_revision = "notifications_001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE notifications.held (
            partition smallint PRIMARY KEY,
            position  bigint   NOT NULL
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE notifications.held")
