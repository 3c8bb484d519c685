"""An open page shows what the other side does, in a real browser, without being loaded again."""

from playwright.sync_api import Browser, Page, expect

from tests.integration.gateway.conftest import Company
from tests.integration.gateway.serving import PATIENCE_S
from tests.integration.services.belongings import at_head, submit
from tests.support.stack import PASSWORD, Stack

expect.set_options(timeout=PATIENCE_S * 1000)


def signed_in(chromium: Browser, port: int, email: str, path: str) -> Page:
    """A page that is open and listens; what is written on it would be gone if it were loaded again."""
    page = chromium.new_context(locale="de-DE").new_page()
    page.goto(f"http://127.0.0.1:{port}/sign-in?next={path}")
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_label("Passwort").fill(PASSWORD)
    with page.expect_response(lambda answer: "/api/v1/changes" in answer.url):
        page.get_by_role("button", name="Anmelden").click()
    page.evaluate("document.body.dataset.written = 'by hand'")
    return page


def was_not_loaded_again(page: Page) -> bool:
    return bool(page.evaluate("document.body.dataset.written === 'by hand'"))


def test_the_customers_page_shows_the_providers_answer(
    portal: Stack, people: Company, chromium: Browser, port: int
) -> None:
    request_id = submit(portal, people.customer)
    portal.call("portal_read.settings", people.customer.token, at_least=at_head(portal, people.staff_token))
    page = signed_in(chromium, port, people.customer.email, f"/requests/{request_id}")
    expect(page.locator("h1 + p")).to_contain_text("Eingereicht")
    portal.call("requests.accept", people.staff_token, request_id=request_id, note="Wir kommen am Montag.")
    expect(page.get_by_text("Wir kommen am Montag.")).to_be_visible()
    expect(page.locator("h1 + p")).to_contain_text("Angenommen")
    assert was_not_loaded_again(page)


def test_the_providers_page_shows_a_new_request_and_leaves_alone_what_is_typed(
    portal: Stack, people: Company, chromium: Browser, port: int
) -> None:
    page = signed_in(chromium, port, people.staff_email, "/provider/")
    submit(portal, people.customer, title="Licht im Keller flackert")
    expect(page.get_by_role("link", name="Licht im Keller flackert")).to_be_visible()
    page.locator("summary", has_text="Ablehnen").first.click()
    page.get_by_label("Grund").first.fill("Das machen wir")
    with page.expect_response(lambda answer: answer.url.endswith("/provider/")):
        submit(portal, people.customer, title="Noch etwas")
    expect(page.get_by_label("Grund").first).to_have_value("Das machen wir")
    assert was_not_loaded_again(page)
