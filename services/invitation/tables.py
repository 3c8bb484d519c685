"""Tables of `invitation`: accounts, sessions, and hashes of secrets, none of which is ever in an event."""

from sqlalchemy import Column, DateTime, FetchedValue, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData(schema="invitation")

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("provider_id", Uuid, nullable=False),
    Column("company_id", Uuid),
    Column("contact_id", Uuid),
    Column("email", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    # Filled in by the database.
    Column("created_at", DateTime(timezone=True), FetchedValue(), nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("invitation_id", Uuid, primary_key=True),
    Column("provider_id", Uuid, nullable=False),
    Column("company_id", Uuid, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("token_hash", LargeBinary),
)

# A session lives as long as its row; its refresh tokens, and those of an account, go with it.
sessions = Table(
    "sessions",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True), nullable=False),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("session_id", Uuid, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

reset_tokens = Table(
    "reset_tokens",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("free_at", DateTime(timezone=True), nullable=False),
)
