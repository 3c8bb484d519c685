"""The list of orders by provider, and the order of each appointment."""

from alembic import op

revision = "orders_001"
down_revision = None
branch_labels = ("orders",)
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA orders")
    op.execute(
        """
        CREATE TABLE orders.orders (
            order_id    uuid PRIMARY KEY,
            provider_id uuid NOT NULL,
            status      text NOT NULL,
            listed_as   uuid NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX orders_of_provider ON orders.orders (provider_id, listed_as)")
    op.execute("CREATE INDEX orders_by_status ON orders.orders (provider_id, status, listed_as)")
    op.execute(
        """
        CREATE TABLE orders.appointments (
            appointment_id uuid PRIMARY KEY,
            order_id       uuid NOT NULL REFERENCES orders.orders
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA orders CASCADE")
