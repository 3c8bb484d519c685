"""Accounts, invitations and refresh tokens."""

from alembic import op

revision = "invitation_001"
down_revision = None
branch_labels = ("invitation",)
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA invitation")
    op.execute(
        """
        CREATE TABLE invitation.accounts (
            account_id    uuid PRIMARY KEY,
            kind          text NOT NULL CHECK (kind IN ('customer', 'staff')),
            provider_id   uuid NOT NULL,
            company_id    uuid,
            contact_id    uuid,
            email         text NOT NULL,
            password_hash text NOT NULL,
            created_at    timestamptz NOT NULL DEFAULT now(),
            CHECK ((kind = 'customer') = (company_id IS NOT NULL AND contact_id IS NOT NULL))
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX accounts_email ON invitation.accounts (lower(email))")
    op.execute("CREATE UNIQUE INDEX accounts_contact ON invitation.accounts (contact_id)")
    op.execute(
        """
        CREATE TABLE invitation.invitations (
            invitation_id uuid PRIMARY KEY,
            company_id    uuid NOT NULL,
            contact_id    uuid NOT NULL,
            token_hash    bytea UNIQUE
        )
        """
    )
    op.execute("CREATE INDEX invitations_contact ON invitation.invitations (contact_id)")
    op.execute(
        """
        CREATE TABLE invitation.refresh_tokens (
            token_hash bytea PRIMARY KEY,
            family_id  uuid        NOT NULL,
            account_id uuid        NOT NULL REFERENCES invitation.accounts,
            expires_at timestamptz NOT NULL,
            used_at    timestamptz
        )
        """
    )
    op.execute("CREATE INDEX refresh_tokens_family ON invitation.refresh_tokens (family_id)")
    op.execute("CREATE INDEX refresh_tokens_account ON invitation.refresh_tokens (account_id)")


def downgrade() -> None:
    op.execute("DROP SCHEMA invitation CASCADE")
