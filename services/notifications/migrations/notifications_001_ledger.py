"""The ledger of mails: each event's mail to each recipient, once."""

from alembic import op

revision = "notifications_001"
down_revision = None
branch_labels = ("notifications",)
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA notifications")
    op.execute(
        """
        CREATE TABLE notifications.deliveries (
            delivery_id  uuid PRIMARY KEY,
            about        uuid        NOT NULL,
            partition    smallint    NOT NULL,
            position     bigint      NOT NULL,
            template     text        NOT NULL,
            recipient_id uuid        NOT NULL,
            provider_id  uuid        NOT NULL,
            company_id   uuid,
            contact_id   uuid,
            correlation_id uuid      NOT NULL,
            state        text        NOT NULL
                         CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'skipped')),
            attempts     integer     NOT NULL DEFAULT 0,
            error        text,
            due_at       timestamptz NOT NULL,
            created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
            finished_at  timestamptz,
            CONSTRAINT deliveries_once UNIQUE (about, recipient_id, template)
        )
        """
    )
    op.execute(
        """
        CREATE INDEX deliveries_due ON notifications.deliveries (due_at, delivery_id)
         WHERE state IN ('queued', 'sending')
        """
    )
    op.execute(
        "CREATE INDEX deliveries_of_provider ON notifications.deliveries (provider_id, about, delivery_id)"
    )
    op.execute(
        "CREATE INDEX deliveries_of_company ON notifications.deliveries (company_id, about, delivery_id)"
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA notifications CASCADE")
