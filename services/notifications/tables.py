"""The tables of `notifications`: the ledger of mails, ids and states without a name or an address."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, SmallInteger, Table, Text, Uuid

metadata = MetaData(schema="notifications")

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("about", Uuid, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("template", Text, nullable=False),
    Column("recipient_id", Uuid, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("company_id", Uuid),
    Column("contact_id", Uuid),
    Column("correlation_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
)

held = Table(
    "held",
    metadata,
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
