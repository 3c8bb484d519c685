"""`portalctl` on a fresh database and a broker of the test's own."""

from pathlib import Path

import pytest

from tests.integration.portalctl.commands import Portalctl


@pytest.fixture
def portalctl(amqp_uri: str, database_url: str, keys: Path) -> Portalctl:
    return Portalctl({"AMQP_URI": amqp_uri, "DATABASE_URL": database_url, "PORTAL_KEYS": str(keys)})
