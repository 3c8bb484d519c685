"""Tables of `portal_read`: rows by owner and generation, and how far they reflect the log."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

metadata = MetaData(schema="portal_read")


def _rows(name: str, key: str, *columns: Column[object]) -> Table:
    return Table(
        name,
        metadata,
        Column("owner_id", Uuid, primary_key=True),
        Column("generation", Integer, primary_key=True),
        Column(key, Uuid, primary_key=True),
        *columns,
    )


owners = Table(
    "owners",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("parked_at", BigInteger),
    Column("parked_error", Text),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("owner", Text),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

providers = _rows(
    "providers",
    "provider_id",
    Column("name", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("address", Text),
)

companies = _rows("companies", "company_id", Column("name", Text), Column("number", Text))

contacts = _rows(
    "contacts",
    "contact_id",
    Column("first_name", Text),
    Column("last_name", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("notifications_enabled", Boolean),
)

sites = _rows(
    "sites",
    "site_id",
    Column("name", Text),
    Column("address", Text),
    Column("latitude", Float),
    Column("longitude", Float),
)

equipment = _rows(
    "equipment",
    "equipment_id",
    Column("site_id", Uuid),
    Column("name", Text),
    Column("manufacturer", Text),
    Column("model", Text),
    Column("serial_number", Text),
    Column("installed_on", Date),
)

requests = _rows(
    "requests",
    "request_id",
    Column("number", Text),
    Column("contact_id", Uuid),
    Column("site_id", Uuid),
    Column("equipment_id", Uuid),
    Column("title", Text),
    Column("description", Text),
    Column("status", Text),
    Column("note", Text),
    Column("reason", Text),
    Column("submitted_at", DateTime(timezone=True)),
    Column("answered_at", DateTime(timezone=True)),
)

orders = _rows(
    "orders",
    "order_id",
    Column("request_id", Uuid),
    Column("title", Text),
    Column("status", Text),
    Column("created_at", DateTime(timezone=True)),
    Column("scheduled_at", DateTime(timezone=True)),
    Column("completed_at", DateTime(timezone=True)),
)

appointments = _rows(
    "appointments",
    "appointment_id",
    Column("order_id", Uuid),
    Column("site_id", Uuid),
    Column("starts_at", DateTime(timezone=True)),
    Column("ends_at", DateTime(timezone=True)),
    Column("technician", Text),
    Column("status", Text),
)

projected = {
    table.name: table
    for table in (providers, companies, contacts, sites, equipment, requests, orders, appointments)
}
