"""Tables of `requests`: which requests there are, and the last number given per provider and year."""

from sqlalchemy import Column, Integer, MetaData, SmallInteger, Table, Text, Uuid

metadata = MetaData(schema="requests")

requests = Table(
    "requests",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("provider_id", Uuid, nullable=False),
    Column("company_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
)

numbers = Table(
    "numbers",
    metadata,
    Column("provider_id", Uuid, primary_key=True),
    Column("year", SmallInteger, primary_key=True),
    Column("last", Integer, nullable=False),
)
