"""Tables of `customers`: which companies a provider has, and which sites and equipment a company has."""

from sqlalchemy import Column, MetaData, Table, Text, Uuid

metadata = MetaData(schema="customers")

companies = Table(
    "companies",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("provider_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
)

sites = Table(
    "sites",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
)

equipment = Table(
    "equipment",
    metadata,
    Column("equipment_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
)
