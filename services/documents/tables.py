"""Tables of `documents`: which attachments and documents there are, where their files lie, and the sweep."""

from sqlalchemy import Column, DateTime, MetaData, SmallInteger, Table, Text, Uuid

metadata = MetaData(schema="documents")

attachments = Table(
    "attachments",
    metadata,
    Column("attachment_id", Uuid, primary_key=True),
    Column("location", Text, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("document_id", Uuid, primary_key=True),
    Column("provider_id", Uuid, nullable=False),
    Column("company_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("location", Text, nullable=False),
)

# One row: when the next round may begin, and how far the last one came.
sweep = Table(
    "sweep",
    metadata,
    Column("id", SmallInteger, primary_key=True),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("passed", Text, nullable=False),
)
