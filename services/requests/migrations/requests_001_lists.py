"""The list of requests, by provider and by company, and the running numbers."""

from alembic import op

revision = "requests_001"
down_revision = None
branch_labels = ("requests",)
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA requests")
    op.execute(
        """
        CREATE TABLE requests.requests (
            request_id  uuid PRIMARY KEY,
            provider_id uuid NOT NULL,
            company_id  uuid NOT NULL,
            status      text NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX requests_of_provider ON requests.requests (provider_id, request_id)")
    op.execute("CREATE INDEX requests_by_status ON requests.requests (provider_id, status, request_id)")
    op.execute("CREATE INDEX requests_of_company ON requests.requests (company_id, request_id)")
    op.execute(
        """
        CREATE TABLE requests.numbers (
            provider_id uuid     NOT NULL,
            year        smallint NOT NULL,
            last        integer  NOT NULL,
            PRIMARY KEY (provider_id, year)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA requests CASCADE")
