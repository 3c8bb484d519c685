"""Tables of `orders`: which orders there are, and which order an appointment belongs to."""

from sqlalchemy import Column, MetaData, Table, Text, Uuid

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
)
