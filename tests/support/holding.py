"""Holds the read model up, so that it falls behind the log for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

_HOLD = "SELECT position FROM portal_read.checkpoints WHERE partition = :partition FOR UPDATE"


@contextmanager
def standing_still(database: Engine, position: str) -> Iterator[None]:
    """Keep the projection from getting further in a position's partition."""
    with database.begin() as connection:
        connection.execute(text(_HOLD), {"partition": int(position.split(":")[0])})
        yield
