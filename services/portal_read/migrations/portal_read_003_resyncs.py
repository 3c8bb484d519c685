"""Resyncs, and whose provider an owner's is; the rows are folded anew, once, from the log."""

from alembic import op

revision = "portal_read_003"
down_revision = "portal_read_001"
branch_labels = None
depends_on = "eventlog_001"

_TABLES = "providers, companies, contacts, sites, equipment, requests, orders, appointments, owners"


def upgrade() -> None:
    # Whose provider an owner's is stands in the log; the worker folds everything again, in a moment.
    op.execute("TRUNCATE " + ", ".join(f"portal_read.{table}" for table in _TABLES.split(", ")))
    op.execute("UPDATE portal_read.checkpoints SET position = 0, fence = fence + 1")
    op.execute("ALTER TABLE portal_read.owners ADD COLUMN provider_id uuid NOT NULL")
    op.execute(
        """
        CREATE TABLE portal_read.resyncs (
            resync_id    uuid        PRIMARY KEY,
            owner_id     uuid        NOT NULL,
            provider_id  uuid        NOT NULL,
            state        text        NOT NULL DEFAULT 'queued'
                         CHECK (state IN ('queued', 'running', 'completed', 'failed')),
            applied      integer     NOT NULL DEFAULT 0,
            total        integer,
            changes      jsonb,
            error        text,
            requested_at timestamptz NOT NULL DEFAULT now(),
            started_at   timestamptz,
            finished_at  timestamptz,
            fence        bigint      NOT NULL DEFAULT 0,
            expires_at   timestamptz NOT NULL DEFAULT '-infinity'
        )
        """
    )
    op.execute(
        """
        CREATE UNIQUE INDEX resyncs_under_way
            ON portal_read.resyncs (owner_id) WHERE state IN ('queued', 'running')
        """
    )
    op.execute(
        """
        CREATE TABLE portal_read.rebuilds (
            rebuild_id  uuid        PRIMARY KEY,
            started_at  timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz
        )
        """
    )
    op.execute(
        "CREATE UNIQUE INDEX rebuild_under_way ON portal_read.rebuilds ((1)) WHERE finished_at IS NULL"
    )
    op.execute(
        """
        CREATE TABLE portal_read.rebuild_owners (
            rebuild_id  uuid    NOT NULL REFERENCES portal_read.rebuilds ON DELETE CASCADE,
            owner_id    uuid    NOT NULL,
            provider_id uuid    NOT NULL,
            share       integer NOT NULL,
            events      integer,
            error       text,
            PRIMARY KEY (rebuild_id, owner_id)
        )
        """
    )
    op.execute("CREATE INDEX resyncs_of_owner ON portal_read.resyncs (owner_id, requested_at)")


def downgrade() -> None:
    op.execute("DROP TABLE portal_read.resyncs, portal_read.rebuild_owners, portal_read.rebuilds")
    op.execute("ALTER TABLE portal_read.owners DROP COLUMN provider_id")
