"""How far each subscription has handled all that concerns it, so that what its queue lost can be found."""

from alembic import op

revision = "eventlog_005"
down_revision = "eventlog_004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE eventlog.subscriptions (
            subscription text NOT NULL,
            partition smallint NOT NULL,
            position bigint NOT NULL,
            PRIMARY KEY (subscription, partition)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE eventlog.subscriptions")
