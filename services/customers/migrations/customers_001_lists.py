"""Lists of companies, sites and equipment."""

from alembic import op

revision = "customers_001"
down_revision = None
branch_labels = ("customers",)
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA customers")
    op.execute(
        """
        CREATE TABLE customers.companies (
            company_id  uuid PRIMARY KEY,
            provider_id uuid NOT NULL,
            name        text NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE INDEX companies_by_name
            ON customers.companies (provider_id, lower(name), company_id)
        """
    )
    op.execute(
        """
        CREATE TABLE customers.sites (
            site_id    uuid PRIMARY KEY,
            company_id uuid NOT NULL REFERENCES customers.companies
        )
        """
    )
    op.execute("CREATE INDEX sites_by_company ON customers.sites (company_id, site_id)")
    op.execute(
        """
        CREATE TABLE customers.equipment (
            equipment_id uuid PRIMARY KEY,
            company_id   uuid NOT NULL REFERENCES customers.companies
        )
        """
    )
    op.execute("CREATE INDEX equipment_by_company ON customers.equipment (company_id, equipment_id)")


def downgrade() -> None:
    op.execute("DROP SCHEMA customers CASCADE")
