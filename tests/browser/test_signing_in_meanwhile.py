"""Somebody signs in while a request is being written: who writes it goes on, and nobody else sees it."""

import pytest
from playwright.sync_api import expect

from tests.browser.request_form import add_picture, fill_in, picture_is_there, start, title_of
from tests.browser.visitor import Visitor
from tests.support.scene import Customer
from tests.support.stack import Stack


@pytest.fixture
def stranger(portal: Stack) -> Customer:
    """Somebody of another company, at the same computer."""
    return portal.customer(portal.provider(), "Gasthof Post")


def test_nobody_is_shown_what_another_account_has_written_in_the_tab(visitor: Visitor, stranger: Customer):
    page = start(visitor)
    fill_in(page)
    add_picture(page)
    picture_is_there(page)
    visitor.sign_in(stranger.email)
    for _time in range(2):
        visitor.open("/requests/new", page=page)
        expect(title_of(page)).to_be_visible()
        expect(title_of(page)).to_have_value("")
        expect(page.locator(".file")).to_have_count(0)


def test_who_signs_in_anew_finds_what_they_have_written(visitor: Visitor, customer: Customer):
    page = start(visitor)
    fill_in(page, title="Licht im Keller flackert")
    visitor.context.clear_cookies()
    visitor.sign_in(customer.email)
    visitor.open("/requests/new", page=page)
    expect(title_of(page)).to_have_value("Licht im Keller flackert")
