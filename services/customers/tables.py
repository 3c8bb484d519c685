"""Tables of `customers`: its lists, and what companies are found by."""

from sqlalchemy import Column, MetaData, Table, Text, Uuid

metadata = MetaData(schema="customers")

companies = Table(
    "companies",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("provider_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("number", Text),
    Column("sort_key", Text, nullable=False),
)

# Who was first to have a number keeps it.
company_numbers = Table(
    "company_numbers",
    metadata,
    Column("provider_id", Uuid, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("company_id", Uuid, nullable=False),
)

# The folded words of a company's name and number, and of its contacts' names and addresses; each with the
# company's sort key, so that what is found can be put in order without looking at the companies.
search_words = Table(
    "search_words",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("word", Text, primary_key=True),
    Column("provider_id", Uuid, nullable=False),
    Column("sort_key", Text, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
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
    Column("site_id", Uuid, nullable=False),
)
