"""Tables of `orders`: which orders there are, and when which appointments are.

A technician is a hash of the name: enough to find whose time is taken, and not a name.
"""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData(schema="orders")

orders = Table(
    "orders",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("provider_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("listed_as", Uuid, nullable=False),
)

appointments = Table(
    "appointments",
    metadata,
    Column("appointment_id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("technician", LargeBinary),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
)
