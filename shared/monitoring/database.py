"""Looks at the database for those who watch, on a connection that no work waits for."""

from functools import cache

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared.database.engine import connect


@cache
def watching_engine(database_url: str) -> Engine:
    """One connection a process, beside its pool: a busy process is not one that can't reach the database."""
    return connect(database_url, name="portal monitoring", pool_size=1)


def unreachable(engine: Engine) -> str | None:
    """A check: whether the database answers."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "can't be reached"
    return None
