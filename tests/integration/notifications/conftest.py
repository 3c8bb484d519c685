"""One portal that sends mails for all tests of them; each has a provider of its own."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.servers import PostgreSQL
from tests.integration.notifications.mailing import Mailing, mailing
from tests.support.scene import Customer
from tests.support.virtual_hosts import VirtualHosts


@pytest.fixture(scope="session")
def mail(
    postgresql: PostgreSQL,
    virtual_hosts: VirtualHosts,
    template_database: str,
    keys: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mailing]:
    folder = tmp_path_factory.mktemp("mails")
    with mailing(postgresql, virtual_hosts.fresh(), template_database, keys, folder) as running:
        yield running


@pytest.fixture
def provider_email() -> str:
    return f"info-{uuid4()}@huber.example.com"


@pytest.fixture
def staff(mail: Mailing, provider_email: str) -> str:
    """Staff of a provider of the test's own, whose mails can be told from others'."""
    return mail.portal.provider(email=provider_email)


@pytest.fixture
def customer(mail: Mailing, staff: str) -> Customer:
    """A customer who has followed the link of their invitation."""
    return mail.portal.customer(staff)
