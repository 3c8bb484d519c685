"""What the tests of the services share."""

import pytest

from tests.integration.services.belongings import Belongings, belongings
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def owner(portal: Stack) -> Belongings:
    """A provider and its customer, who have one of everything."""
    return belongings(portal, portal.provider())
