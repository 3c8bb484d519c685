"""What the tests of the log need beside a database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from shared.database.engine import connect


@pytest.fixture
def crowd(database_url: str) -> Iterator[Engine]:
    """An engine for many clients at once, each with a connection of its own."""
    engine = connect(database_url, name="crowd", pool_size=70)
    yield engine
    engine.dispose()
