"""What the tests of the services share."""

import pytest

from tests.integration.services.belongings import Belongings, belongings
from tests.support.scene import Customer
from tests.support.stack import Stack


@pytest.fixture
def staff(portal: Stack) -> str:
    """A member of a new provider's staff."""
    return portal.provider()


@pytest.fixture
def customer(portal: Stack, staff: str) -> Customer:
    """A customer of that provider's."""
    return portal.customer(staff)


@pytest.fixture(scope="module")
def owner(portal: Stack) -> Belongings:
    """A provider and its customer, who have one of everything."""
    return belongings(portal, portal.provider())
