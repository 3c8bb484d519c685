"""Versions of the projection, of which the one that is there is the first, and who keeps them up to date."""

from alembic import op

revision = "portal_read_005"
down_revision = "portal_read_004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE portal_read.versions (
            version    smallint    PRIMARY KEY,
            started_at timestamptz NOT NULL DEFAULT now(),
            built_at   timestamptz
        )
        """
    )
    op.execute("INSERT INTO portal_read.versions (version, built_at) VALUES (1, now())")
    op.execute(
        """
        CREATE TABLE portal_read.workers (
            version    smallint    NOT NULL,
            worker     text        NOT NULL,
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (version, worker)
        ) WITH (fillfactor = 10)
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE portal_read.workers, portal_read.versions")
