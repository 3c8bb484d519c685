"""What the tests of the services look at beside the answers: the portal's database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from shared.database.engine import connect
from tests.integration.services.belongings import Belongings, belongings
from tests.support.stack import Stack


@pytest.fixture(scope="session")
def portal_database(portal: Stack) -> Iterator[Engine]:
    engine = connect(portal.database_url, name="tests of services")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def owner(portal: Stack) -> Belongings:
    """A provider and its customer, who have one of everything."""
    return belongings(portal, portal.provider())
