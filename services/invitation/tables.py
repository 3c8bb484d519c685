"""Tables of `invitation`: accounts and hashes of secrets, none of which is ever in an event."""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid, func

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
)

invitations = Table(
    "invitations",
    metadata,
    Column("invitation_id", Uuid, primary_key=True),
    Column("company_id", Uuid, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("token_hash", LargeBinary),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("family_id", Uuid, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

folded_email = func.lower(accounts.c.email)
