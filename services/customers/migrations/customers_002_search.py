"""Companies in the order of their names, found by words; whose a contact, a number and equipment is."""

from collections.abc import Iterable
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

from services.customers.words import sort_key, words

revision = "customers_002"
down_revision = "customers_001"
branch_labels = None
depends_on = "eventlog_001"

COMPANIES_AT_ONCE = 500
_ROWS = (
    """
    UPDATE customers.companies
       SET name = :name, number = :number, sort_key = :sort_key
     WHERE company_id = CAST(:company_id AS uuid)
    """,
    """
    INSERT INTO customers.company_numbers
    SELECT :provider_id, :number, CAST(:company_id AS uuid)
     WHERE CAST(:number AS text) IS NOT NULL
        ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO customers.contacts
    SELECT contact_id, CAST(:company_id AS uuid) FROM unnest(CAST(:contact_ids AS uuid[])) AS contact_id
    """,
    """
    INSERT INTO customers.search_words
    SELECT CAST(:company_id AS uuid), word, :provider_id, :sort_key
      FROM unnest(CAST(:words AS text[])) AS word
    """,
)


def upgrade() -> None:
    op.execute('ALTER TABLE customers.companies ADD number text, ADD sort_key text COLLATE "C"')
    op.execute(
        """
        CREATE TABLE customers.company_numbers (
            provider_id uuid,
            number      text,
            company_id  uuid NOT NULL REFERENCES customers.companies,
            PRIMARY KEY (provider_id, number)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE customers.contacts (
            contact_id uuid PRIMARY KEY,
            company_id uuid NOT NULL REFERENCES customers.companies
        )
        """
    )
    op.execute(
        """
        CREATE TABLE customers.search_words (
            company_id  uuid REFERENCES customers.companies,
            word        text COLLATE "C",
            provider_id uuid NOT NULL,
            sort_key    text COLLATE "C" NOT NULL,
            PRIMARY KEY (company_id, word)
        )
        """
    )
    op.execute("ALTER TABLE customers.equipment ADD site_id uuid")
    op.execute(
        """
        UPDATE customers.equipment
           SET site_id = (event.payload ->> 'site_id')::uuid
          FROM eventlog.events AS event
         WHERE event.stream_id = equipment_id AND event.version = 1
        """
    )
    _fill(op.get_bind())
    op.execute("ALTER TABLE customers.equipment ALTER site_id SET NOT NULL")
    op.execute("ALTER TABLE customers.companies ALTER sort_key SET NOT NULL")
    op.execute("CREATE INDEX equipment_by_site ON customers.equipment (site_id)")
    op.execute("DROP INDEX customers.companies_by_name")
    op.execute("CREATE INDEX companies_in_order ON customers.companies (provider_id, sort_key, company_id)")
    op.execute(
        """
        CREATE INDEX search_words_by_word
            ON customers.search_words (provider_id, word, sort_key, company_id)
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE customers.search_words, customers.contacts, customers.company_numbers")
    op.execute("DROP INDEX customers.companies_in_order")
    op.execute("ALTER TABLE customers.companies DROP number, DROP sort_key")
    op.execute("CREATE INDEX companies_by_name ON customers.companies (provider_id, lower(name), company_id)")
    op.execute("ALTER TABLE customers.equipment DROP site_id")


def _fill(connection: Connection) -> None:
    """From the companies' events, in the order in which the companies came: the first keeps its number."""
    after = ""
    while ids := _companies(connection, after):
        for company in _folded(connection, ids):
            _write(connection, company)
        after = ids[-1]


def _companies(connection: Connection, after: str) -> list[str]:
    rows = connection.execute(
        text(
            """
            SELECT company_id::text FROM customers.companies
             WHERE :after = '' OR company_id > NULLIF(:after, '')::uuid
             ORDER BY company_id LIMIT :limit
            """
        ),
        {"after": after, "limit": COMPANIES_AT_ONCE},
    )
    return list(rows.scalars())


def _folded(connection: Connection, ids: list[str]) -> Iterable[dict[str, Any]]:
    events = connection.execute(
        text(
            """
            SELECT stream_id::text AS company_id, provider_id, type, payload FROM eventlog.events
             WHERE stream_id = ANY (CAST(:ids AS uuid[])) AND stream_type = 'company'
             ORDER BY stream_id, version
            """
        ),
        {"ids": ids},
    )
    companies: dict[str, dict[str, Any]] = {}
    for company_id, provider_id, kind, payload in events:
        company = companies.setdefault(
            company_id, {"company_id": company_id, "provider_id": provider_id, "contacts": {}}
        )
        match kind:
            case "company_registered" | "company_updated":
                company |= {"name": payload["name"], "number": payload["number"]}
            case "contact_added" | "contact_updated":
                company["contacts"][payload["contact_id"]] = payload
            case "contact_removed":
                company["contacts"].pop(payload["contact_id"], None)
    return companies.values()


def _write(connection: Connection, company: dict[str, Any]) -> None:
    people = company.pop("contacts")
    found_by = [person[name] for person in people.values() for name in ("first_name", "last_name", "email")]
    row = company | {
        "sort_key": sort_key(company["name"]),
        "words": sorted(words([company["name"], company["number"], *found_by])),
        "contact_ids": list(people),
    }
    for statement in _ROWS:
        connection.execute(text(statement), row)
