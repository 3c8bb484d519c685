"""`portalctl` on a fresh database and a broker of the test's own."""

from pathlib import Path

import pytest

from tests.integration.portalctl import copies
from tests.integration.portalctl.commands import Portalctl


@pytest.fixture
def portalctl(amqp_uri: str, database_url: str, keys: Path) -> Portalctl:
    return Portalctl({"AMQP_URI": amqp_uri, "DATABASE_URL": database_url, "PORTAL_KEYS": str(keys)})


@pytest.fixture
def here(database_url: str, amqp_uri: str, keys: Path, tmp_path: Path) -> Portalctl:
    """A portal with a file store."""
    return copies.portalctl(database_url, amqp_uri, keys, tmp_path / "files")


@pytest.fixture
def there(empty_url: str, amqp_uri: str, keys: Path, tmp_path: Path) -> Portalctl:
    """An empty database and file store."""
    return copies.portalctl(empty_url, amqp_uri, keys, tmp_path / "other files")
