"""What the log holds stays as it was written."""

import psycopg.errors
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from tests.integration.eventlog.given import history, register

CHANGES = {
    "UPDATE": "UPDATE eventlog.events SET payload = '{}'",
    "UPDATE of nothing": "UPDATE eventlog.events SET payload = '{}' WHERE false",
    "DELETE": "DELETE FROM eventlog.events",
    "TRUNCATE": "TRUNCATE eventlog.events",
    "TRUNCATE with all that hangs on it": "TRUNCATE eventlog.events CASCADE",
    "MERGE": "MERGE INTO eventlog.events e USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE",
    "INSERT or UPDATE": """
        INSERT INTO eventlog.events SELECT * FROM eventlog.events
            ON CONFLICT (partition, position) DO UPDATE SET payload = '{}'
    """,
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_event_is_never_changed_or_taken_away(database: Engine, change):
    company_id = register(database)
    before = history(database, company_id)
    with database.begin() as connection, pytest.raises(ProgrammingError, match="append-only") as refused:
        connection.execute(text(CHANGES[change]))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
    assert history(database, company_id) == before
