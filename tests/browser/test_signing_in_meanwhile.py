"""Somebody signs in while a request is being written: who writes it goes on, and nobody else sees it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.request_form import (
    add_picture,
    fill_in,
    go_on,
    is_sent,
    picture_is_there,
    send,
    start,
    title_of,
)
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


def test_an_open_form_goes_on_after_signing_in_anew_in_another_window(visitor: Visitor, customer: Customer):
    page = start(visitor)
    fill_in(page)
    visitor.expected |= {f"{visitor.home}/api/v1/attachments", f"{visitor.home}/api/v1/session"}
    visitor.context.clear_cookies()
    add_picture(page)
    expect(page.get_by_role("status")).to_contain_text("Ihre Sitzung ist abgelaufen.")
    visitor.sign_in(customer.email)
    page.get_by_role("button", name=re.compile("Noch einmal.*Therme.jpg")).click()
    picture_is_there(page)
    go_on(page)
    send(page)
    is_sent(page)


def test_a_file_is_not_sent_in_the_name_of_another_account(visitor: Visitor, stranger: Customer):
    page = start(visitor)
    fill_in(page)
    visitor.expected.add(f"{visitor.home}/api/v1/attachments")
    visitor.sign_in(stranger.email)
    add_picture(page)
    expect(page.get_by_role("status")).to_contain_text("ein anderes Konto angemeldet")
    expect(page.locator(".file[data-attachment]")).to_have_count(0)
