"""People at a real browser, and what they look at: a provider in full swing, and one that just begins."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import People, beginners, full_swing
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.integration.gateway.serving import HOST
from tests.support.scene import Customer
from tests.support.stack import Stack

expect.set_options(timeout=PATIENCE_MS)
NewVisitor = Callable[[str], Visitor]


@pytest.fixture(scope="session")
def home(port: int) -> str:
    return f"http://{HOST}:{port}"


@pytest.fixture(scope="session")
def busy(portal: Stack) -> People:
    return full_swing(portal)


@pytest.fixture(scope="session")
def fresh(portal: Stack) -> People:
    return beginners(portal)


@pytest.fixture
def new_visitor(chromium: Browser, home: str) -> Iterator[NewVisitor]:
    """Browsers that share nothing with each other; at the end of the test nothing went wrong in any."""
    visitors: list[Visitor] = []

    def come(language: str) -> Visitor:
        visitors.append(Visitor(chromium.new_context(locale=language), home))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.context.close()
    for visitor in visitors:
        visitor.must_be_content()


@pytest.fixture
def customer(portal: Stack) -> Customer:
    return portal.customer(portal.provider())


@pytest.fixture
def visitor(new_visitor: NewVisitor, customer: Customer) -> Visitor:
    """The customer, signed in at a phone."""
    visitor = new_visitor("de")
    visitor.sign_in(customer.email)
    return visitor
