"""The rows of the customer's view, by owner and generation. Who changes them here raises `VERSION`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.schema import SchemaItem

from shared.projections.tables import schema_of

NAME = "portal_read"
VERSION = 1
metadata = MetaData(schema=schema_of(NAME, VERSION))


def _rows(name: str, key: str, *others: SchemaItem) -> Table:
    return Table(
        name,
        metadata,
        Column("owner_id", Uuid, primary_key=True),
        Column("generation", Integer, primary_key=True),
        Column(key, Uuid, primary_key=True),
        *others,
    )


providers = _rows(
    "providers",
    "provider_id",
    Column("name", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("address", Text),
    Column("language", Text),
)

companies = _rows(
    "companies",
    "company_id",
    Column("name", Text),
    Column("number", Text),
    Column("main_contact_id", Uuid),
)

contacts = _rows(
    "contacts",
    "contact_id",
    Column("first_name", Text),
    Column("last_name", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("notifications_enabled", Boolean),
    Column("language", Text),
)

sites = _rows(
    "sites",
    "site_id",
    Column("name", Text),
    Column("address", Text),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("removed", Boolean),
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
    Column("removed", Boolean),
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
    Column("answered_by", Uuid),
    Column("attachment_ids", ARRAY(Uuid)),
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
    Index("orders_of_request", "owner_id", "generation", "request_id"),
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
    Column("reason", Text),
    Index("appointments_by_start", "owner_id", "generation", "starts_at", "appointment_id"),
    Index("appointments_of_order", "owner_id", "generation", "order_id"),
)

attachments = _rows(
    "attachments",
    "attachment_id",
    Column("filename", Text),
    Column("media_type", Text),
    Column("size", BigInteger),
)

documents = _rows(
    "documents",
    "document_id",
    Column("kind", Text),
    Column("number", Text),
    Column("title", Text),
    Column("filename", Text),
    Column("media_type", Text),
    Column("size", BigInteger),
    Column("sha256", Text),
    Column("site_id", Uuid),
    Column("order_id", Uuid),
    Column("amount", Numeric),
    Column("currency", Text),
    Column("valid_until", Date),
    Column("status", Text),
    Column("published_at", DateTime(timezone=True)),
    Column("answered_at", DateTime(timezone=True)),
    Column("answered_by", Uuid),
    Column("reason", Text),
)

projected = {
    table.name: table
    for table in (
        providers,
        companies,
        contacts,
        sites,
        equipment,
        requests,
        orders,
        appointments,
        attachments,
        documents,
    )
}
