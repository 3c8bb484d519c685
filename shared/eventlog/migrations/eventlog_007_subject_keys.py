"""The key of each person whose data the log holds, encrypted with a master key; none of the erased."""

from alembic import op

revision = "eventlog_007"
down_revision = "eventlog_006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE eventlog.subject_keys (
            subject_id  uuid        PRIMARY KEY,
            master_key  smallint,
            wrapped_key bytea,
            created_at  timestamptz NOT NULL DEFAULT now(),
            erased_at   timestamptz,
            CONSTRAINT subject_keys_erased
                CHECK (num_nulls(master_key, wrapped_key) = CASE WHEN erased_at IS NULL THEN 0 ELSE 2 END)
        )
        """
    )


def downgrade() -> None:
    raise NotImplementedError("without the keys, nobody's data in the log can be read")
