"""A gateway over the running portal, and people who use it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from flask import Flask

from services.gateway.app import create_app
from services.gateway.changes import Changes
from shared.files.store import FileStore
from shared.messaging.client import RpcClient
from tests.integration.gateway.browser import Browser
from tests.support.stack import PASSWORD, Customer, Stack

SECRET = "the tests sign their cookies with this one"


@dataclass
class Company:
    """A provider with a member of staff and one customer."""

    staff_email: str
    staff_token: str
    customer: Customer


@pytest.fixture(scope="session")
def gateway(portal: Stack) -> Iterator[Flask]:
    changes = Changes(portal.amqp_uri, name="changes of the tests")
    yield create_app(
        portal.client, changes=changes, files=portal.files, secret_key=SECRET, secure_cookies=False
    )
    changes.close()


@pytest.fixture
def people(portal: Stack) -> Company:
    """A provider of the test's own, whose customer sees all that was set up."""
    provider_id = portal.call(
        "customers.register_provider",
        portal.operator,
        name="Huber Heizungsbau GmbH",
        email="info@huber.example.com",
    )["provider_id"]
    email = f"staff-{uuid4()}@huber.example.com"
    portal.call(
        "invitation.register_staff", portal.operator, provider_id=provider_id, email=email, password=PASSWORD
    )
    token = portal.call("invitation.sign_in", email=email, password=PASSWORD)["access_token"]
    portal.call("invitation.activate_portal", token)
    customer = portal.customer(token)
    newest = portal.call("invitation.activate_portal", token)["position"]
    assert portal.call("portal_read.settings", customer.token, at_least=newest)["reached"]
    return Company(email, token, customer)


@pytest.fixture
def customer(gateway: Flask, people: Company) -> Browser:
    """The browser of a customer who is signed in."""
    browser = Browser(gateway)
    assert browser.sign_in(people.customer.email, PASSWORD).path == "/"
    return browser


@pytest.fixture
def staff(gateway: Flask, people: Company) -> Browser:
    """The browser of a member of staff who is signed in."""
    browser = Browser(gateway)
    assert browser.sign_in(people.staff_email, PASSWORD).path == "/provider/"
    return browser


@pytest.fixture
def lonely_gateway(amqp_uri: str) -> Iterator[Flask]:
    """A gateway whose broker has no services."""
    client = RpcClient(amqp_uri, name="lonely gateway", timeout=1)
    yield create_app(
        client,
        changes=Changes(amqp_uri, name="lonely changes"),
        files=FileStore("memory://lonely"),
        secret_key=SECRET,
        secure_cookies=True,
    )
    client.close()
