"""Alembic's environment: one connection, one transaction, one upgrade at a time."""

from alembic import context
from sqlalchemy import text

ONE_AT_A_TIME = 0x6D6672

with context.config.attributes["engine"].connect() as connection:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
    connection.commit()
    try:
        context.configure(connection=connection, version_table_schema="public")
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ONE_AT_A_TIME})
        connection.commit()
