"""The form for a new request loses nothing and sends nothing twice, whatever happens to its page."""

import re

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import NewVisitor
from tests.browser.request_form import (
    DESCRIPTION,
    PICTURE,
    TITLE,
    UPLOADS,
    add_picture,
    fill_in,
    go_on,
    is_sent,
    picture_is_there,
    review_shows_everything,
    send,
    start,
    title_of,
)
from tests.browser.visitor import Visitor
from tests.support.file_contents import PDF, image
from tests.support.photos import enormous
from tests.support.scene import Customer
from tests.support.stack import Stack

# Sent as a browser does that runs no script of the page: the server refuses the title and the description.
TOO_LONG = "form => { form.elements.description.value = 'x'.repeat(10_001); form.submit(); }"


def titles(portal: Stack, customer: Customer) -> list[str]:
    """What the customer has asked for, as the log has it."""
    found = portal.call("requests.requests", customer.token)["items"]
    return sorted(each["title"] for each in found)


def test_a_reload_in_any_step_loses_nothing(portal: Stack, customer: Customer, visitor: Visitor):
    page = start(visitor)
    fill_in(page)
    add_picture(page)
    picture_is_there(page)
    page.reload()
    picture_is_there(page)
    go_on(page)
    page.reload()
    review_shows_everything(page)
    send(page)
    is_sent(page)
    [request] = portal.call("requests.requests", customer.token)["items"]
    assert (request["title"], request["description"]) == (TITLE, DESCRIPTION)
    assert len(request["attachment_ids"]) == 1
    again = start(visitor)
    expect(title_of(again)).to_have_value("")


def test_the_browsers_way_back_leads_through_the_steps(visitor: Visitor):
    page = start(visitor)
    fill_in(page)
    page.go_back()
    expect(page.get_by_role("radio", name="Filiale Süd")).to_be_checked()
    page.go_back()
    expect(page.get_by_role("textbox", name="Beschreibung")).to_have_value(DESCRIPTION)
    page.get_by_role("button", name="Zurück").click()
    expect(title_of(page)).to_have_value(TITLE)
    go_on(page)
    expect(page.get_by_role("textbox", name="Beschreibung")).to_have_value(DESCRIPTION)


def test_a_link_within_the_page_leaves_the_step_that_is_open(visitor: Visitor):
    page = start(visitor)
    fill_in(page)
    page.get_by_role("link", name="Zum Inhalt").press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.get_by_role("heading", name="Anhänge")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Anhänge")).to_be_visible()


def test_a_link_to_a_field_that_was_refused_shows_its_step(visitor: Visitor):
    page = start(visitor)
    visitor.expected.add(f"{visitor.home}/requests/new")
    page.locator("[data-request-form]").evaluate(TOO_LONG)
    page.get_by_role("alert").get_by_role("link", name="Beschreibung").click()
    expect(page.get_by_role("textbox", name="Beschreibung")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="Worum geht es?").click()
    expect(title_of(page)).to_be_focused()


def test_a_reload_keeps_what_was_chosen_by_who_came_from_a_site(
    portal: Stack, customer: Customer, visitor: Visitor
):
    page = start(visitor, f"/requests/new?site={customer.site_id}")
    title_of(page).fill(TITLE)
    go_on(page)
    go_on(page)
    page.get_by_role("combobox", name="Anlage").select_option("Gasbrennwertkessel")
    page.reload()
    expect(page.get_by_role("combobox", name="Anlage")).to_have_value(customer.equipment_id)


def test_who_comes_from_a_site_asks_about_that_one_whatever_was_chosen_before(
    portal: Stack, new_visitor: NewVisitor
):
    staff = portal.provider()
    customer = portal.customer(staff)
    place = {"company_id": customer.company_id, "name": "Lager Nord", "address": "Weg 3"}
    added = portal.call("customers.add_site", staff, **place)
    assert portal.call("portal_read.sites", customer.token, at_least=added["position"])["reached"]
    visitor = new_visitor("de")
    visitor.sign_in(customer.email)
    page = start(visitor, f"/requests/new?site={customer.site_id}")
    fill_in(page)
    visitor.open(f"/requests/new?site={added['site_id']}", page=page)
    expect(title_of(page)).to_have_value(TITLE)
    go_on(page)
    go_on(page)
    expect(page.get_by_role("radio", name="Lager Nord")).to_be_checked()


def test_going_back_after_sending_finds_an_empty_form(portal: Stack, customer: Customer, visitor: Visitor):
    page = start(visitor)
    fill_in(page)
    go_on(page)
    send(page)
    is_sent(page)
    page.go_back()
    expect(title_of(page)).to_have_value("")
    assert titles(portal, customer) == [TITLE]


def test_a_double_click_sends_one_request(portal: Stack, customer: Customer, visitor: Visitor):
    page = start(visitor)
    fill_in(page)
    go_on(page)
    page.get_by_role("button", name="Anfrage absenden").dblclick(no_wait_after=True)
    is_sent(page)
    assert titles(portal, customer) == [TITLE]


def test_two_tabs_send_two_requests_that_know_nothing_of_each_other(
    portal: Stack, customer: Customer, visitor: Visitor
):
    one, other = start(visitor), start(visitor)
    fill_in(one)
    fill_in(other, title="Licht im Keller flackert")
    for page in (one, other):
        go_on(page)
    send(one)
    is_sent(one)
    send(other)
    is_sent(other, title="Licht im Keller flackert")
    assert titles(portal, customer) == ["Licht im Keller flackert", TITLE]


def test_an_upload_that_breaks_can_be_tried_again_and_holds_nothing_else_up(
    portal: Stack, customer: Customer, visitor: Visitor
):
    page = start(visitor)
    fill_in(page)
    visitor.expected.add(f"{visitor.home}/api/v1/attachments")
    page.route(UPLOADS, lambda route: route.abort(), times=1)
    add_picture(page)
    expect(page.get_by_role("status")).to_contain_text("Die Datei ist nicht angekommen.")
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("Bitte warten Sie, bis alle Dateien hochgeladen sind")
    page.get_by_role("button", name=re.compile("Noch einmal.*Therme.jpg")).click()
    picture_is_there(page)
    go_on(page)
    review_shows_everything(page)
    send(page)
    is_sent(page)
    [request] = portal.call("requests.requests", customer.token)["items"]
    assert len(request["attachment_ids"]) == 1


def test_an_upload_for_which_there_is_no_time_just_now_is_sent_again_by_itself(visitor: Visitor):
    page = start(visitor)
    fill_in(page)
    visitor.expected.add(f"{visitor.home}/api/v1/attachments")
    page.route(UPLOADS, lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}), times=2)
    add_picture(page)
    picture_is_there(page)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (image("png")[:-40], "Die Datei ist beschädigt"),
        (PDF, "sie enthält etwas anderes, als ihr Name sagt"),
        (enormous(), "Das Bild ist zu groß. Möglich sind bis zu 64 Megapixel."),
    ],
    ids=["cut off", "something else", "enormous"],
)
def test_what_is_wrong_with_a_picture_is_said_beside_it(visitor: Visitor, content: bytes, text: str):
    page = start(visitor)
    fill_in(page)
    visitor.expected.add(f"{visitor.home}/api/v1/attachments")
    add_picture(page, FilePayload(name="Keller.png", mimeType="image/png", buffer=content))
    expect(page.get_by_role("status")).to_contain_text(text)


def test_a_name_that_a_file_can_not_have_is_what_is_wrong_with_it(visitor: Visitor):
    page = start(visitor)
    fill_in(page)
    visitor.expected.add(f"{visitor.home}/api/v1/attachments")
    content = PICTURE["buffer"]
    add_picture(page, FilePayload(name=f"{'Keller' * 40}.jpg", mimeType="image/jpeg", buffer=content))
    expect(page.get_by_role("status")).to_contain_text("Der Name der Datei geht nicht.")
