"""Alembic's environment: one connection, one transaction, one upgrade at a time."""

from alembic import context
from sqlalchemy import text

ONE_AT_A_TIME = 0x6D6672
# Behind a change of a table that waits for its lock all others wait, too: a running portal would stand still.
LOCK_TIMEOUT_MS = 3_000

with context.config.attributes["engine"].connect() as connection:
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
    connection.commit()
    # A migration of a long log sets its own bounds.
    connection.connection.driver_connection.longest_wait = None
    try:
        context.configure(connection=connection, version_table_schema="public")
        with context.begin_transaction():
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ONE_AT_A_TIME})
        connection.commit()
