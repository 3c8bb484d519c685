"""Sessions as rows of their own, secrets that reset a password, attempts, invitations by provider."""

from alembic import op

revision = "invitation_002"
down_revision = "invitation_001"
branch_labels = None
depends_on = "eventlog_001"


def upgrade() -> None:
    _list_invitations_by_provider()
    _give_sessions_rows()
    op.execute(
        """
        CREATE TABLE invitation.reset_tokens (
            account_id uuid PRIMARY KEY REFERENCES invitation.accounts ON DELETE CASCADE,
            token_hash bytea       NOT NULL UNIQUE,
            expires_at timestamptz NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE invitation.attempts (
            key      bytea PRIMARY KEY,
            failures integer     NOT NULL,
            last_at  timestamptz NOT NULL,
            free_at  timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX attempts_last_at ON invitation.attempts (last_at)")


def downgrade() -> None:
    op.execute("DROP TABLE invitation.attempts")
    op.execute("DROP TABLE invitation.reset_tokens")
    op.execute("ALTER TABLE invitation.refresh_tokens DROP CONSTRAINT refresh_tokens_session")
    op.execute("ALTER TABLE invitation.refresh_tokens RENAME COLUMN session_id TO family_id")
    op.execute(
        "ALTER TABLE invitation.refresh_tokens ADD COLUMN account_id uuid REFERENCES invitation.accounts"
    )
    op.execute(
        """
        UPDATE invitation.refresh_tokens AS token
           SET account_id = session.account_id
          FROM invitation.sessions AS session
         WHERE session.session_id = token.family_id
        """
    )
    op.execute("ALTER TABLE invitation.refresh_tokens ALTER COLUMN account_id SET NOT NULL")
    op.execute("CREATE INDEX refresh_tokens_account ON invitation.refresh_tokens (account_id)")
    op.execute("DROP TABLE invitation.sessions")
    op.execute("DROP INDEX invitation.invitations_provider")
    op.execute("DROP INDEX invitation.invitations_company")
    op.execute("ALTER TABLE invitation.invitations DROP COLUMN provider_id")


def _list_invitations_by_provider() -> None:
    op.execute("ALTER TABLE invitation.invitations ADD COLUMN provider_id uuid")
    op.execute(
        """
        UPDATE invitation.invitations AS invitation
           SET provider_id = invited.provider_id
          FROM eventlog.events AS invited
         WHERE invited.stream_id = invitation.invitation_id AND invited.version = 1
        """
    )
    op.execute("ALTER TABLE invitation.invitations ALTER COLUMN provider_id SET NOT NULL")
    op.execute("CREATE INDEX invitations_provider ON invitation.invitations (provider_id, invitation_id)")
    op.execute("CREATE INDEX invitations_company ON invitation.invitations (company_id, invitation_id)")


def _give_sessions_rows() -> None:
    op.execute(
        """
        CREATE TABLE invitation.sessions (
            session_id uuid PRIMARY KEY,
            account_id uuid        NOT NULL REFERENCES invitation.accounts ON DELETE CASCADE,
            started_at timestamptz NOT NULL,
            used_at    timestamptz NOT NULL
        )
        """
    )
    op.execute(
        """
        INSERT INTO invitation.sessions (session_id, account_id, started_at, used_at)
        SELECT family_id, account_id,
               min(expires_at) - interval '30 days', max(expires_at) - interval '30 days'
          FROM invitation.refresh_tokens
         GROUP BY family_id, account_id
        """
    )
    op.execute("CREATE INDEX sessions_account ON invitation.sessions (account_id, session_id)")
    op.execute("CREATE INDEX sessions_used_at ON invitation.sessions (used_at)")
    op.execute("ALTER TABLE invitation.refresh_tokens RENAME COLUMN family_id TO session_id")
    op.execute("ALTER TABLE invitation.refresh_tokens DROP COLUMN account_id")
    op.execute(
        """
        ALTER TABLE invitation.refresh_tokens
            ADD CONSTRAINT refresh_tokens_session
            FOREIGN KEY (session_id) REFERENCES invitation.sessions ON DELETE CASCADE
        """
    )
