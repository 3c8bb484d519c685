"""The log's tables, as its migrations make them."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(schema="eventlog")

partitions = Table(
    "partitions",
    metadata,
    Column("partition", SmallInteger, primary_key=True),
    Column("head", BigInteger, nullable=False),
)

writers = Table(
    "writers",
    metadata,
    Column("role", Text, primary_key=True),
    Column("stream_type", Text, primary_key=True),
)

events = Table(
    "events",
    metadata,
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("stream_type", Text, nullable=False),
    Column("stream_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("schema_version", SmallInteger, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("company_id", Uuid),
    Column("payload", JSONB, nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column("causation_id", Uuid, nullable=False),
    Column("actor", JSONB, nullable=False),
    Column("command_id", Text),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)

subject_keys = Table(
    "subject_keys",
    metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("master_key", SmallInteger),
    Column("wrapped_key", LargeBinary),
    Column("created_at", DateTime(timezone=True)),
    Column("erased_at", DateTime(timezone=True)),
)

commands = Table(
    "commands",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("command_id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("result", JSONB),
    Column("recorded_at", DateTime(timezone=True)),
)

relay = Table(
    "relay",
    metadata,
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("error", Text),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscription", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("subscription", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("handled_at", DateTime(timezone=True)),
)
